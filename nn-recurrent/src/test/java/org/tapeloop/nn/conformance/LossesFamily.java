package org.tapeloop.nn.conformance;

import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.tapeloop.autograd.CrossEntropy;
import org.tapeloop.autograd.Reduction;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.conformance.DifferentiableFamily.Computation;
import org.tapeloop.nn.loss.BinaryCrossEntropy;
import org.tapeloop.nn.loss.Ctc;
import org.tapeloop.nn.loss.KlDivergence;
import org.tapeloop.nn.loss.Loss;

/** Losses of predictions against targets. */
final class LossesFamily {
  private static final int CARRIED = 72;

  private LossesFamily() {}

  static Family create() {
    return new DifferentiableFamily(
        "losses",
        CARRIED,
        Map.of(
            "cross_entropy", one(LossesFamily::crossEntropy),
            "nll", one(LossesFamily::nll),
            "mse", regression((in, a) -> in.input.mse(in.target, in.reduction)),
            "l1", regression((in, a) -> Loss.l1(in.input, in.target, in.reduction)),
            "huber",
                regression(
                    (in, a) -> Loss.huber(in.input, in.target, a.real("delta"), in.reduction)),
            "smooth_l1",
                regression(
                    (in, a) -> Loss.smoothL1(in.input, in.target, a.real("beta"), in.reduction)),
            "bce_with_logits", one(LossesFamily::binaryCrossEntropy),
            "kl_div", one(LossesFamily::klDivergence),
            "cosine_embedding", one(LossesFamily::cosineEmbedding),
            "ctc", one(LossesFamily::ctc)));
  }

  private static Computation one(Function<Given, Tensor> loss) {
    return given -> List.of(loss.apply(given));
  }

  /** What the losses of regression have in common. */
  private record Regression(Tensor input, Tensor target, Reduction reduction) {}

  private static Computation regression(BiFunction<Regression, ConformanceCase, Tensor> loss) {
    return one(
        given ->
            loss.apply(
                new Regression(given.tensor("input"), given.tensor("target"), reduction(given)),
                given.attributes()));
  }

  private static Reduction reduction(Given given) {
    String name = given.attributes().text("reduction");
    return switch (name) {
      case "none" -> Reduction.NONE;
      case "mean" -> Reduction.MEAN;
      case "sum" -> Reduction.SUM;
      default -> throw new MalformedCaseException("there is no reduction '" + name + "'");
    };
  }

  private static CrossEntropy options(Given given) {
    CrossEntropy options = CrossEntropy.MEAN.reducing(reduction(given));
    if (given.attributes().flag("has_weight")) {
      options = options.weighted(given.tensor("weight"));
    }
    return given.attributes().isNone("ignore_index")
        ? options
        : options.ignoring(given.attributes().integer("ignore_index"));
  }

  private static Tensor crossEntropy(Given given) {
    CrossEntropy options = options(given).smoothing(given.attributes().real("label_smoothing"));
    String kind = given.attributes().text("target_kind");
    return switch (kind) {
      case "indices" -> given.tensor("logits").crossEntropy(given.ints("target"), options);
      case "probabilities" ->
          Loss.crossEntropy(given.tensor("logits"), given.tensor("target"), options);
      default -> throw new MalformedCaseException("there is no target_kind '" + kind + "'");
    };
  }

  private static Tensor nll(Given given) {
    return Loss.nll(given.tensor("log_probs"), given.ints("target"), options(given));
  }

  private static Tensor binaryCrossEntropy(Given given) {
    BinaryCrossEntropy options = BinaryCrossEntropy.MEAN.reducing(reduction(given));
    if (given.attributes().flag("has_pos_weight")) {
      options = options.positiveWeight(given.tensor("pos_weight"));
    }
    if (given.attributes().flag("has_weight")) {
      options = options.weighted(given.tensor("weight"));
    }
    return Loss.binaryCrossEntropy(given.tensor("logits"), given.tensor("target"), options);
  }

  private static Tensor klDivergence(Given given) {
    String reduction = given.attributes().text("reduction");
    KlDivergence options =
        KlDivergence.BATCH_MEAN.reducing(
            switch (reduction) {
              case "none" -> KlDivergence.Over.ITEMS;
              case "mean" -> KlDivergence.Over.ELEMENT_MEAN;
              case "batchmean" -> KlDivergence.Over.BATCH_MEAN;
              case "sum" -> KlDivergence.Over.SUM;
              default ->
                  throw new MalformedCaseException("there is no reduction '" + reduction + "'");
            });
    return Loss.klDivergence(
        given.tensor("input"),
        given.tensor("target"),
        given.attributes().flag("log_target") ? options.withLogTargets() : options);
  }

  private static Tensor cosineEmbedding(Given given) {
    return Loss.cosineEmbedding(
        given.tensor("input1"),
        given.tensor("input2"),
        given.ints("target"),
        given.attributes().real("margin"),
        reduction(given));
  }

  private static Tensor ctc(Given given) {
    Ctc options = Ctc.MEAN.reducing(reduction(given)).blank(given.attributes().integer("blank"));
    return Loss.ctc(
        given.tensor("logits").logSoftmax(2),
        given.ints("targets"),
        given.ints("input_lengths"),
        given.ints("target_lengths"),
        given.attributes().flag("zero_infinity") ? options.zeroingInfinity() : options);
  }
}
