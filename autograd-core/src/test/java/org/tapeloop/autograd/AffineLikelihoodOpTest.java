package org.tapeloop.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tapeloop.autograd.scan.Scan;
import org.tapeloop.autograd.scan.ScanMode;

class AffineLikelihoodOpTest {
  private static final int CLASSES = 5;
  private static final int FEATURES = 3;
  private static final IntTensor TARGETS = IntTensor.of(4, 1, 0, 1, 3, 2);

  private final Generator generator = new Generator(7);
  private final Tensor x = normal(6, FEATURES);
  private final Tensor weight = normal(CLASSES, FEATURES);
  private final Tensor bias = normal(CLASSES);

  private Tensor normal(int... extents) {
    return Tensor.normal(generator.next(), DType.F64, Shape.of(extents), 0, 2);
  }

  private static void assertClose(Tensor expected, Tensor actual) {
    assertEquals(expected.shape(), actual.shape());
    double error = expected.sub(actual).abs().max().item();
    assertTrue(error <= 1e-13 * Math.max(1, expected.abs().max().item()), "error " + error);
  }

  /** Value and gradients equal those of the affine map and its cross entropy by themselves. */
  private void assertSame(
      Tensor x, @Nullable Tensor bias, IntTensor targets, CrossEntropy options) {
    List<Tensor> wrt = new ArrayList<>(List.of(x, weight));
    if (bias != null) {
      wrt.add(bias);
    }
    List<Tensor> parameters = wrt.stream().map(Tensor::leaf).toList();
    Tensor offset = bias == null ? null : parameters.get(2);
    Tensor fused =
        parameters.get(0).affineCrossEntropy(parameters.get(1), offset, targets, options);
    Tensor scores = parameters.get(0).affine(parameters.get(1), offset);
    Tensor composed =
        scores
            .reshape(Shape.of(targets.size(), CLASSES))
            .crossEntropy(targets.reshape(targets.size()), options);
    composed = composed.rank() == 0 ? composed : composed.reshape(targets.shape());
    assertClose(composed, fused);
    Tensor weights = Tensor.uniform(generator.next(), DType.F64, fused.shape(), 0.5, 2);
    Map<Tensor, Tensor> expected = composed.mul(weights).sum().gradients(parameters);
    Map<Tensor, Tensor> actual = fused.mul(weights).sum().gradients(parameters);
    parameters.forEach(p -> assertClose(expected.get(p), actual.get(p)));
  }

  @ParameterizedTest
  @EnumSource(Reduction.class)
  void isTheTwoByThemselvesUnderAllOptions(Reduction reduction) {
    Tensor classWeights = Tensor.ofDoubles(0.5, 2, 1, 0.1, 3);
    for (double smoothing : new double[] {0, 0.3}) {
      for (Tensor weights : new Tensor[] {null, classWeights}) {
        for (Integer ignored : new Integer[] {null, 1, -100}) {
          CrossEntropy options = new CrossEntropy(reduction, weights, ignored, smoothing);
          assertSame(x, bias, TARGETS, options);
          assertSame(x, null, TARGETS, options);
          assertSame(x.reshape(3, 2, FEATURES), bias, TARGETS.reshape(3, 2), options);
        }
      }
    }
  }

  @Test
  void derivativesOfTwoOrdersAreThoseOfFiniteDifferences() {
    CrossEntropy options = CrossEntropy.MEAN.ignoring(1);
    GradCheck.check(
        in -> in[0].affineCrossEntropy(in[1], in[2], TARGETS, options), x, weight, bias);
    GradCheck.check(in -> in[0].affineCrossEntropy(in[1], null, TARGETS, options), x, weight);
  }

  @Test
  void aGraphThatIsKeptGivesTheSameGradientsAgainAndIsNotOverwritten() {
    Tensor w = weight.leaf();
    Tensor first = x.affineCrossEntropy(w, bias, TARGETS, CrossEntropy.MEAN);
    Tensor once = first.gradients(List.of(w), GraphMode.RETAIN).get(w);
    Tensor other = x.neg().affineCrossEntropy(w, bias, TARGETS, CrossEntropy.MEAN);
    Tensor ofOther = other.gradients(List.of(w)).get(w);
    // Takes the array that the graph before has given back.
    x.mul(3).affineCrossEntropy(w, bias, TARGETS, CrossEntropy.MEAN).gradients(List.of(w));
    assertClose(once, first.gradients(List.of(w)).get(w));
    assertClose(
        x.neg().affine(w, bias).crossEntropy(TARGETS).gradients(List.of(w)).get(w), ofOther);
  }

  @Test
  void batchesOfNearlyOneSizeShareTheirArrays() {
    assertEquals(20, IdleArrays.length(17));
    assertEquals(20, IdleArrays.length(20));
    assertEquals(16, IdleArrays.length(16));
    assertEquals(1, IdleArrays.length(1));
    assertEquals(0, IdleArrays.length(0));
    assertTrue(IdleArrays.length(Integer.MAX_VALUE - 10) >= Integer.MAX_VALUE - 10);
    Tensor w = weight.leaf();
    for (int rows = 6; rows > 0; rows--) {
      IntTensor targets = IntTensor.of(Shape.of(rows), new int[rows]);
      Tensor some = x.slice(0, 0, rows);
      Tensor composed = some.affine(w, bias).crossEntropy(targets);
      Tensor fused = some.affineCrossEntropy(w, bias, targets, CrossEntropy.MEAN);
      assertClose(composed.gradients(w).get(w), fused.gradients(w).get(w));
    }
  }

  @Test
  void scoresFarApartLoseNothing() {
    Tensor far = Tensor.ofDoubles(1000, 2000, -3000).reshape(1, FEATURES).to(DType.F32);
    Tensor eye = Tensor.eye(DType.F32, FEATURES);
    for (int target = 0; target < FEATURES; target++) {
      Tensor loss = far.affineCrossEntropy(eye, null, IntTensor.of(target), CrossEntropy.MEAN);
      assertEquals(2000 - far.get(0, target), loss.item());
    }
  }

  @Test
  void aStepMayHoldIt() {
    Tensor w = weight.leaf();
    var scan =
        Scan.over(
                (Tensor input, Tensor sum) -> {
                  Tensor loss =
                      input.affineCrossEntropy(
                          w, bias, IntTensor.of(0, 3), CrossEntropy.MEAN.reducing(Reduction.NONE));
                  Tensor next = sum.add(loss.unsqueeze(1));
                  return new Scan.Next<>(next, next);
                })
            .in(ScanMode.AUTO);
    Tensor inputs = x.reshape(3, 2, FEATURES);
    Tensor total = scan.run(inputs, Tensor.zeros(DType.F64, Shape.of(2, 1))).state().sum();
    Tensor expected =
        x.affineCrossEntropy(
            w, bias, IntTensor.of(0, 3, 0, 3, 0, 3), CrossEntropy.MEAN.reducing(Reduction.SUM));
    assertClose(expected, total);
    assertClose(expected.gradients(List.of(w)).get(w), total.gradients(List.of(w)).get(w));
  }

  @Test
  void whoLooksForANaNIsToldTheOperationThatMadeIt() {
    Tensor huge = Tensor.full(DType.F64, x.shape(), Double.MAX_VALUE).leaf();
    Tensor doubling = Tensor.full(DType.F64, weight.shape(), 2);
    var error =
        assertThrows(
            AnomalyException.class,
            () ->
                Autograd.detectAnomaly(
                    () -> huge.affineCrossEntropy(doubling, bias, TARGETS, CrossEntropy.MEAN)));
    assertTrue(error.getMessage().startsWith("crossEntropy: the output"), error.getMessage());
  }

  @Test
  void refusesWhatDoesNotFit() {
    var shape =
        assertThrows(
            IllegalArgumentException.class,
            () -> x.affineCrossEntropy(weight, bias, IntTensor.of(1, 2), CrossEntropy.MEAN));
    assertTrue(shape.getMessage().contains("want targets [6], not [2]"), shape.getMessage());
    var target =
        assertThrows(
            IndexOutOfBoundsException.class,
            () ->
                x.affineCrossEntropy(
                    weight, bias, IntTensor.of(1, 2, 0, 0, 0, 5), CrossEntropy.MEAN));
    assertTrue(target.getMessage().contains("target 5"), target.getMessage());
    var features =
        assertThrows(
            IllegalArgumentException.class,
            () -> x.affineCrossEntropy(bias, null, TARGETS, CrossEntropy.MEAN));
    assertTrue(features.getMessage().contains("the weight must be"), features.getMessage());
  }
}
