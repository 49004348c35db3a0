package org.tapeloop.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LossTest {
  private static final Generator GENERATOR = new Generator(31);

  private static Tensor normal(int... extents) {
    return Tensor.normal(GENERATOR.next(), DType.F64, Shape.of(extents), 0, 2);
  }

  private static IntTensor classes(int n, int classes) {
    int[] targets = new int[n];
    for (int i = 0; i < n; i++) {
      targets[i] = (7 * i + i / 3) % classes;
    }
    return IntTensor.of(targets);
  }

  private static void assertClose(Tensor expected, Tensor actual) {
    assertEquals(expected.shape(), actual.shape());
    double error = expected.sub(actual).abs().max().item();
    assertTrue(error <= 1e-13 * Math.max(1, expected.abs().max().item()), "error " + error);
  }

  /** -(1 - e) w_y p_y - e/C sum_c w_c p_c, from log-softmax and a one-hot product. */
  private static Tensor items(Tensor logits, IntTensor targets, CrossEntropy options) {
    int n = logits.extent(0);
    int classes = logits.extent(1);
    Tensor[] rows = new Tensor[n];
    Tensor eye = Tensor.eye(DType.F64, classes);
    Tensor weight =
        options.weight() == null ? Tensor.ones(DType.F64, Shape.of(classes)) : options.weight();
    double e = options.smoothing();
    for (int i = 0; i < n; i++) {
      int target = targets.flat(i);
      boolean ignored = options.ignored() != null && options.ignored() == target;
      Tensor logs = logits.select(0, i).logSoftmax(0).mul(weight);
      Tensor share = ignored ? logs.zerosLike() : eye.select(0, target).mul(1 - e).add(e / classes);
      rows[i] = logs.mul(share).sum().neg();
    }
    return Tensor.stack(List.of(rows), 0);
  }

  @ParameterizedTest
  @EnumSource(Reduction.class)
  void crossEntropyFollowsItsFormulaUnderAllOptions(Reduction reduction) {
    Tensor logits = normal(6, 5);
    IntTensor targets = IntTensor.of(4, 1, 0, 1, 3, 2);
    Tensor weight = Tensor.ofDoubles(0.5, 2, 1, 0.1, 3);
    for (double smoothing : new double[] {0, 0.3, 1}) {
      for (boolean weighted : new boolean[] {false, true}) {
        for (Integer ignored : new Integer[] {null, 1, -100}) {
          CrossEntropy options =
              new CrossEntropy(reduction, weighted ? weight : null, ignored, smoothing);
          Tensor items = items(logits, targets, options);
          double counted = 0;
          for (int target : targets.toArray()) {
            double w = weighted ? weight.get(target) : 1;
            counted += ignored != null && ignored == target ? 0 : w;
          }
          Tensor expected =
              switch (reduction) {
                case NONE -> items;
                case SUM -> items.sum();
                case MEAN -> items.sum().div(counted);
              };
          assertClose(expected, logits.crossEntropy(targets, options));
        }
      }
    }
  }

  @Test
  void anIgnoredTargetMayLieOutsideTheClassesAndItsLogitsMayBeAnything() {
    Tensor logits = Tensor.ofDoubles(Shape.of(2, 2), 1, 3, Double.NaN, Double.NaN).leaf();
    Tensor loss = logits.crossEntropy(IntTensor.of(1, -100), CrossEntropy.MEAN.ignoring(-100));
    assertEquals(Math.log1p(Math.exp(-2)), loss.item(), 1e-15);
    double[] g = loss.gradients(logits).get(logits).toDoubleArray();
    double p = 1 / (1 + Math.exp(2));
    assertEquals(p, g[0], 1e-15);
    assertEquals(-p, g[1], 1e-15);
    assertEquals(0, g[2]);
    assertEquals(0, g[3]);
  }

  @Test
  void theMeanOfNothingThatCountsIsNotANumber() {
    Tensor loss = normal(2, 3).crossEntropy(IntTensor.of(1, 1), CrossEntropy.MEAN.ignoring(1));
    assertEquals(Double.NaN, loss.item());
  }

  @Test
  void extremeLogitsNeitherOverflowNorLoseTheLoss() {
    Tensor logits = Tensor.ofDoubles(Shape.of(1, 3), 1000, -1000, 0).leaf();
    Tensor loss = logits.crossEntropy(IntTensor.of(1));
    assertEquals(2000, loss.item());
    assertEquals(-1, loss.gradients(logits).get(logits).get(0, 1));
  }

  /** More rows than a tile holds, the last tile being short, in both passes and at both orders. */
  @Test
  void logitsOfSeveralTilesGiveWhatTheCompositionGives() {
    int n = 37;
    int classes = 5000;
    Tensor logits = normal(n, classes).leaf();
    IntTensor targets = classes(n, classes);
    Tensor fused = logits.crossEntropy(targets);
    Tensor composed = logits.logSoftmax(1).gather(1, targets.reshape(n, 1)).mean().neg();
    assertClose(composed, fused);
    Tensor gFused = fused.gradients(List.of(logits), GraphMode.CREATE).get(logits);
    Tensor gComposed = composed.gradients(List.of(logits), GraphMode.CREATE).get(logits);
    assertClose(gComposed, gFused);
    Tensor direction = normal(n, classes);
    Tensor hFused = gFused.mul(direction).sum().gradients(logits).get(logits);
    Tensor hComposed = gComposed.mul(direction).sum().gradients(logits).get(logits);
    assertClose(hComposed, hFused);
  }

  @Test
  void transposedLogitsAreReadInPlace() {
    Tensor logits = normal(5, 8);
    IntTensor targets = classes(8, 5);
    assertClose(logits.t().contiguous().crossEntropy(targets), logits.t().crossEntropy(targets));
  }

  @Test
  void classesMayStandBeforeOtherAxes() {
    Tensor logits = normal(2, 3, 4);
    IntTensor targets = IntTensor.of(Shape.of(2, 4), 0, 1, 2, 0, 2, 2, 1, 0);
    Tensor rows = logits.permute(0, 2, 1).reshape(8, 3);
    CrossEntropy none = CrossEntropy.MEAN.reducing(Reduction.NONE);
    assertClose(
        rows.crossEntropy(targets.reshape(8), none).reshape(2, 4),
        logits.crossEntropy(targets, none));
  }

  @Test
  void squaredErrorsAreReducedAsAsked() {
    Tensor x = Tensor.ofDoubles(1, 2, 3);
    Tensor target = Tensor.ofDoubles(1, 0, 6);
    assertEquals(13 / 3.0, x.mse(target).item(), 1e-15);
    assertEquals(13, x.mse(target, Reduction.SUM).item());
    assertClose(Tensor.ofDoubles(0, 4, 9), x.mse(target, Reduction.NONE));
  }
}
