package org.tapeloop.nn.softmax;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Lengths;

/**
 * Cross entropy for training over very many classes: the target is held against S classes that are
 * drawn for the whole batch, instead of all.
 *
 * <pre>
 * o_c = h . w_c + b_c - ln E(c)      for the target and the drawn classes c
 * loss = -ln softmax(o)_target
 * </pre>
 *
 * <p>E(c) is how often c is expected among those drawn, {@link LogUniformSampler#expectedCount}. A
 * drawn class that is a row's target is left out in that row. The loss is biased; its softmax tends
 * to the full one as S grows. What is measured in the end should be the full cross entropy.
 *
 * <p>Source: Jean et al. 2015, arXiv 1412.2007; the definition is that of TensorFlow's {@code
 * sampled_softmax_loss} with its log-uniform sampler.
 *
 * @param sampler of classes in the order of their frequency
 * @param samples S
 */
public record SampledSoftmax(LogUniformSampler sampler, int samples) {
  private static final double NEVER = -1e30;

  /** Classes drawn once at most. */
  public static SampledSoftmax of(int classes, int samples) {
    return new SampledSoftmax(new LogUniformSampler(classes, true), samples);
  }

  /**
   * The loss of each row.
   *
   * @param hidden h [N, H]
   * @param weight w [V, H]: a {@code Linear}'s, or an embedding's
   * @param bias b [V], or null
   * @param targets classes [N]
   * @param stream of this step alone
   * @return [N]
   * @throws IllegalArgumentException if shapes do not fit
   * @throws IndexOutOfBoundsException if a target is no class
   */
  public Tensor losses(
      Tensor hidden, Tensor weight, @Nullable Tensor bias, IntTensor targets, RandomStream stream) {
    check(hidden, weight, bias, targets);
    LogUniformSampler.Sample drawn = sampler.draw(samples, stream);
    IntTensor classes = drawn.classes();
    int rows = hidden.extent(0);
    Tensor ofTargets =
        hidden.mul(weight.embedding(targets)).sum(1).sub(corrections(targets, drawn, hidden));
    Tensor ofDrawn =
        hidden.affine(weight.embedding(classes), null).sub(corrections(classes, drawn, hidden));
    if (bias != null) {
      ofTargets = ofTargets.add(bias.indexSelect(0, targets));
      ofDrawn = ofDrawn.add(bias.indexSelect(0, classes));
    }
    double[] hits = new double[rows * samples];
    for (int i = 0; i < hits.length; i++) {
      hits[i] = classes.flat(i % samples) == targets.flat(i / samples) ? 1 : 0;
    }
    Tensor hit = Tensor.ofDoubles(Shape.of(rows, samples), hits).to(hidden.dtype());
    Tensor others = hit.where(Tensor.full(hidden.dtype(), Shape.of(1, 1), NEVER), ofDrawn);
    Tensor scores = Tensor.cat(List.of(ofTargets.unsqueeze(1), others), 1);
    return scores.logSoftmax(1).select(1, 0).neg();
  }

  /**
   * The mean loss over the steps that belong to sequences.
   *
   * @param hidden [T, B, H]; padding may hold anything
   * @param targets classes [T, B]; what stands in padding is not looked at
   * @param lengths of the sequences, or null if all have T steps
   */
  public Tensor loss(
      Tensor hidden,
      Tensor weight,
      @Nullable Tensor bias,
      IntTensor targets,
      @Nullable Lengths lengths,
      RandomStream stream) {
    Rows rows = Rows.of("SampledSoftmax", hidden, targets, lengths);
    return losses(rows.hidden(), weight, bias, rows.targets(), stream).mean();
  }

  /** The logarithms of expected counts. */
  private Tensor corrections(IntTensor classes, LogUniformSampler.Sample drawn, Tensor like) {
    double[] logs =
        Arrays.stream(classes.toArray())
            .mapToDouble(c -> Math.log(sampler.expectedCount(c, drawn.draws())))
            .toArray();
    return Tensor.ofDoubles(logs).to(like.dtype());
  }

  private void check(Tensor hidden, Tensor weight, @Nullable Tensor bias, IntTensor targets) {
    boolean fits =
        hidden.rank() == 2
            && hidden.extent(0) > 0
            && weight.shape().equals(Shape.of(sampler.classes(), hidden.extent(1)))
            && (bias == null || bias.shape().equals(Shape.of(sampler.classes())))
            && targets.shape().equals(Shape.of(hidden.extent(0)));
    if (!fits) {
      throw new IllegalArgumentException(
          "SampledSoftmax: hidden %s, weight %s, bias %s and targets %s are not [N, H], [%d, H], [%d] and [N]"
              .formatted(
                  hidden.shape(),
                  weight.shape(),
                  bias == null ? "none" : bias.shape(),
                  targets.shape(),
                  sampler.classes(),
                  sampler.classes()));
    }
    for (int i = 0; i < targets.size(); i++) {
      if (targets.flat(i) < 0 || targets.flat(i) >= sampler.classes()) {
        throw new IndexOutOfBoundsException(
            "SampledSoftmax: target %d, element %d, is not in 0..%d"
                .formatted(targets.flat(i), i, sampler.classes() - 1));
      }
    }
  }
}
