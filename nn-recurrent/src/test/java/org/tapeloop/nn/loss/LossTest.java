package org.tapeloop.nn.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tapeloop.autograd.CrossEntropy;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.GradCheck;
import org.tapeloop.autograd.GradCheck.TensorFunction;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Reduction;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

class LossTest {
  private static final Shape MATRIX = Shape.of(4, 3);

  private static Tensor normal(long stream, Shape shape) {
    return Tensor.normal(new RandomStream(5, stream), DType.F64, shape, 0, 1);
  }

  // ---- derivatives ----

  /** A loss as a function of what it can be differentiated with respect to. */
  record Differentiated(String name, TensorFunction loss, List<Tensor> inputs) {
    Differentiated(String name, TensorFunction loss, Tensor... inputs) {
      this(name, loss, List.of(inputs));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static List<Differentiated> losses() {
    Tensor x = normal(0, MATRIX);
    // Differences of at least 0.2 and none near 1, where the losses have kinks.
    Tensor y = x.add(Tensor.ofDoubles(MATRIX, .4, -.5, 2, -3, .2, -.7, 1.5, -1.7, .6, 4, -.3, 2.5));
    IntTensor classes = IntTensor.of(2, 0, 1, 2);
    Tensor weights = Tensor.ofDoubles(0.5, 2, 1);
    CrossEntropy weighted = CrossEntropy.MEAN.weighted(weights).ignoring(1);
    Tensor q = normal(2, MATRIX).softmax(1);
    Tensor targets = normal(3, MATRIX).sigmoid();
    KlDivergence kl = KlDivergence.BATCH_MEAN;
    return List.of(
        new Differentiated("l1", in -> Loss.l1(in[0], in[1], Reduction.NONE), x, y),
        new Differentiated("huber", in -> Loss.huber(in[0], in[1], 1, Reduction.MEAN), x, y),
        new Differentiated("smoothL1", in -> Loss.smoothL1(in[0], in[1], 1, Reduction.SUM), x, y),
        new Differentiated(
            "crossEntropy",
            in ->
                Loss.crossEntropy(in[0], in[1], CrossEntropy.MEAN.weighted(weights).smoothing(.1)),
            x,
            q),
        new Differentiated("nll", in -> Loss.nll(in[0].logSoftmax(1), classes, weighted), x),
        new Differentiated(
            "binaryCrossEntropy",
            in ->
                Loss.binaryCrossEntropy(
                    in[0],
                    in[1],
                    BinaryCrossEntropy.MEAN.positiveWeight(weights).weighted(normal(9, MATRIX))),
            x,
            targets),
        new Differentiated(
            "klDivergence", in -> Loss.klDivergence(in[0].logSoftmax(1), in[1], kl), x, q),
        new Differentiated(
            "klDivergence of logs",
            in -> Loss.klDivergence(in[0].logSoftmax(1), in[1], kl.withLogTargets()),
            x,
            q.log()),
        new Differentiated(
            "cosineEmbedding",
            in ->
                Loss.cosineEmbedding(
                    in[0], in[1], IntTensor.of(1, -1, 1, -1), -0.9, Reduction.NONE),
            x,
            y));
  }

  @ParameterizedTest
  @MethodSource("losses")
  void bothDerivativesEqualDifferences(Differentiated loss) {
    GradCheck.check(loss.loss(), loss.inputs().toArray(Tensor[]::new));
  }

  // ---- values ----

  @Test
  void smoothL1IsHuberOverBetaAndL1ForBetaZero() {
    Tensor x = normal(0, MATRIX);
    Tensor y = normal(1, MATRIX);
    double huber = Loss.huber(x, y, 0.7, Reduction.SUM).item();
    assertEquals(huber / 0.7, Loss.smoothL1(x, y, 0.7, Reduction.SUM).item(), 1e-14);
    assertEquals(Loss.l1(x, y, Reduction.SUM).item(), Loss.smoothL1(x, y, 0, Reduction.SUM).item());
  }

  @Test
  void certainTargetProbabilitiesAreClasses() {
    Tensor logits = normal(0, MATRIX);
    Tensor certain = Tensor.eye(DType.F64, 4).narrow(1, 0, 3);
    CrossEntropy options = CrossEntropy.MEAN.reducing(Reduction.NONE).smoothing(0.2);
    double[] byClass =
        logits.narrow(0, 0, 3).crossEntropy(IntTensor.of(0, 1, 2), options).toDoubleArray();
    double[] byDistribution =
        Loss.crossEntropy(logits.narrow(0, 0, 3), certain.narrow(0, 0, 3), options).toDoubleArray();
    assertArrayEquals(byClass, byDistribution, 1e-14);
  }

  @Test
  void anIgnoredItemMayHoldAnything() {
    Tensor p =
        Tensor.ofDoubles(Shape.of(2, 2), -1, -2, Double.NEGATIVE_INFINITY, Double.NaN).leaf();
    Tensor loss = Loss.nll(p, IntTensor.of(1, -5), CrossEntropy.MEAN.ignoring(-5));
    assertEquals(2, loss.item());
    assertArrayEquals(new double[] {0, -1, 0, 0}, loss.gradients(p).get(p).toDoubleArray());
  }

  @Test
  void binaryCrossEntropyStaysExactForLogitsOfAnySize() {
    Tensor z = Tensor.of(1000, -1000, 1000, -1000).leaf();
    Tensor y = Tensor.of(1, 0, 0, 1);
    Tensor items = Loss.binaryCrossEntropy(z, y, BinaryCrossEntropy.MEAN.reducing(Reduction.NONE));
    assertArrayEquals(new float[] {0, 0, 1000, 1000}, items.toFloatArray());
    assertArrayEquals(new float[] {0, 0, 1, -1}, items.sum().gradients(z).get(z).toFloatArray());
  }

  @Test
  void aTargetOfProbabilityZeroCostsNothingWhateverIsPredicted() {
    Tensor x = Tensor.ofDoubles(0, Double.NEGATIVE_INFINITY).leaf();
    Tensor loss = Loss.klDivergence(x, Tensor.ofDoubles(1, 0), KlDivergence.BATCH_MEAN);
    assertEquals(0, loss.item());
    assertArrayEquals(new double[] {-0.5, 0}, loss.gradients(x).get(x).toDoubleArray());
  }

  @Test
  void cosinesOfZeroVectorsAreFinite() {
    Tensor zero = Tensor.ofDoubles(0, 0).leaf();
    Tensor loss =
        Loss.cosineEmbedding(
            zero, Tensor.ofDoubles(1, 1), IntTensor.of(Shape.SCALAR, 1), 0, Reduction.MEAN);
    assertEquals(1, loss.item());
    assertTrue(Double.isFinite(loss.gradients(zero).get(zero).get(0)));
  }

  @Test
  void scoresAreThoseOfTheWholeText() {
    LanguageScore score = new LanguageScore();
    score.add(Math.log(4), 3);
    score.add(Math.log(16), 1);
    score.add(Double.NaN, 0);
    assertEquals(4, score.tokens());
    assertEquals(2.5, score.bitsPerToken(), 1e-15);
    assertEquals(Math.pow(2, 2.5), score.perplexity(), 1e-14);
    assertEquals(0.5, score.bitsPerCharacter(20), 1e-15);
    assertTrue(Double.isNaN(new LanguageScore().perplexity()));
    assertThrows(IllegalArgumentException.class, () -> score.add(1, -1));
  }

  // ---- refusals ----

  private static void refused(String message, Runnable call) {
    var e = assertThrows(RuntimeException.class, call::run);
    assertEquals(message, e.getMessage());
  }

  @Test
  void operandsThatDoNotFitAreRefused() {
    Tensor x = Tensor.zeros(2, 3);
    Tensor y = Tensor.zeros(3, 2);
    refused("l1: F32 [2, 3] and target F32 [3, 2] differ", () -> Loss.l1(x, y, Reduction.MEAN));
    refused(
        "huber: F32 [2, 3] and target F64 [2, 3] differ",
        () -> Loss.huber(x, x.to(DType.F64), 1, Reduction.MEAN));
    refused(
        "crossEntropy: F32 [2, 3] and target probabilities F32 [3, 2] differ",
        () -> Loss.crossEntropy(x, y, CrossEntropy.MEAN));
    refused(
        "nll: log-probabilities [2, 3] with classes along axis 1 want targets [2], not [3]",
        () -> Loss.nll(x, IntTensor.of(0, 1, 2), CrossEntropy.MEAN));
    refused(
        "nll: F32 [2, 3] want 3 class weights, not F32 [2]",
        () -> Loss.nll(x, IntTensor.of(0, 1), CrossEntropy.MEAN.weighted(Tensor.of(1, 2))));
    refused(
        "binaryCrossEntropy: positive weights F32 [2] do not broadcast to logits F32 [2, 3]",
        () ->
            Loss.binaryCrossEntropy(x, x, BinaryCrossEntropy.MEAN.positiveWeight(Tensor.of(1, 2))));
    refused(
        "cosineEmbedding: vectors [2, 3] want targets [2], not [3]",
        () -> Loss.cosineEmbedding(x, x, IntTensor.of(1, 1, 1), 0, Reduction.MEAN));
    refused(
        "klDivergence: a scalar has no batch to average over",
        () -> Loss.klDivergence(Tensor.scalar(0), Tensor.scalar(0), KlDivergence.BATCH_MEAN));
    refused(
        "nll: a scalar has no class axis",
        () -> Loss.nll(Tensor.scalar(0), IntTensor.of(0), CrossEntropy.MEAN));
  }

  @Test
  void settingsAndTargetsOutOfRangeAreRefused() {
    Tensor x = Tensor.zeros(2, 3);
    IntTensor classes = IntTensor.of(0, 1);
    refused(
        "huber: delta must be finite and above 0, not NaN",
        () -> Loss.huber(x, x, Double.NaN, Reduction.MEAN));
    refused(
        "smoothL1: beta must be finite and at least 0, not -1.0",
        () -> Loss.smoothL1(x, x, -1, Reduction.MEAN));
    refused(
        "nll: target 3, element 1 of shape [2], is not in 0..2",
        () -> Loss.nll(x, IntTensor.of(0, 3), CrossEntropy.MEAN));
    refused(
        "nll: smoothing needs logits; use crossEntropy",
        () -> Loss.nll(x, classes, CrossEntropy.MEAN.smoothing(0.1)));
    refused(
        "crossEntropy: target probabilities name no class, so class 1 cannot be ignored",
        () -> Loss.crossEntropy(x, x, CrossEntropy.MEAN.ignoring(1)));
    refused(
        "cosineEmbedding: target 0, element 0, is neither 1 nor -1",
        () -> Loss.cosineEmbedding(x, x, classes, 0, Reduction.MEAN));
    refused(
        "cosineEmbedding: the margin must lie in [-1, 1], not 2.0",
        () -> Loss.cosineEmbedding(x, x, IntTensor.of(1, 1), 2, Reduction.MEAN));
  }
}
