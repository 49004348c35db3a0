package org.tapeloop.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TapeTest {

  @Test
  void gradientOfASumOfSquaresIsTwiceTheOperand() {
    Tensor w = Tensor.of(1, 2, 3).leaf();
    Tensor loss = w.square().sum();
    assertArrayEquals(new double[] {2, 4, 6}, loss.gradients(w).get(w).toDoubleArray());
  }

  @Test
  void aTensorUsedTwiceGetsTheSumOfBothGradients() {
    Tensor x = Tensor.ofDoubles(3).leaf();
    Tensor loss = x.mul(x).add(x.mul(5)).add(x).sum();
    assertEquals(12, loss.gradients(x).get(x).item());
  }

  @Test
  void cotangentsAreSummedOverBroadcastAxes() {
    Tensor x = Tensor.ones(DType.F64, Shape.of(4, 3)).leaf();
    Tensor bias = Tensor.ofDoubles(1, 2, 3).leaf();
    Tensor column = Tensor.ones(DType.F64, Shape.of(4, 1)).leaf();
    Map<Tensor, Tensor> g = x.add(bias).mul(column).sum().gradients(x, bias, column);
    assertArrayEquals(new double[] {4, 4, 4}, g.get(bias).toDoubleArray());
    assertArrayEquals(new double[] {9, 9, 9, 9}, g.get(column).toDoubleArray());
    assertEquals(Shape.of(4, 1), g.get(column).shape());
  }

  @Test
  void gradientsCanBeDifferentiatedAgain() {
    Tensor x = Tensor.ofDoubles(0.7).leaf();
    Tensor y = x.tanh().sum();
    Tensor first = y.gradients(List.of(x), GraphMode.CREATE).get(x);
    Tensor second = first.sum().gradients(List.of(x), GraphMode.CREATE).get(x);
    Tensor third = second.sum().gradients(x).get(x);
    double t = Math.tanh(0.7);
    assertEquals(1 - t * t, first.item(), 1e-15);
    assertEquals(-2 * t * (1 - t * t), second.item(), 1e-15);
    assertEquals((1 - t * t) * (6 * t * t - 2), third.item(), 1e-14);
  }

  @Test
  void aHundredThousandStepsDifferentiateWithoutOverflow() {
    Tensor x = Tensor.scalar(DType.F64, 1).leaf();
    Tensor y = x;
    for (int step = 0; step < 100_000; step++) {
      y = y.mul(0.99999);
    }
    double expected = Math.pow(0.99999, 100_000);
    assertEquals(expected, y.gradients(x).get(x).item(), 1e-10 * expected);
  }

  @Test
  void aFreedGraphRefusesASecondPass() {
    Tensor x = Tensor.ofDoubles(2).leaf();
    Tensor y = x.exp().sum();
    y.gradients(List.of(x), GraphMode.RETAIN);
    y.gradients(x);
    var e = assertThrows(IllegalStateException.class, () -> y.gradients(x));
    assertTrue(e.getMessage().contains("GraphMode.RETAIN"), e.getMessage());
    assertTrue(e.getMessage().contains("detach what is carried over"), e.getMessage());
  }

  @Test
  void nothingIsRecordedUnderNoGrad() {
    Tensor x = Tensor.ofDoubles(2).leaf();
    assertFalse(Autograd.noGrad(() -> x.mul(3)).requiresGrad());
    assertFalse(x.detach().mul(3).requiresGrad());
    assertTrue(Autograd.noGrad(() -> Autograd.enableGrad(() -> x.mul(3))).requiresGrad());
  }

  @Test
  void gradientsAreConstantsUnlessAskedForOtherwise() {
    Tensor x = Tensor.ofDoubles(2).leaf();
    Tensor slope = x.exp().sum().gradients(x).get(x);
    var e = assertThrows(IllegalStateException.class, () -> slope.sum().gradients(x));
    assertTrue(e.getMessage().endsWith("recorded only with GraphMode.CREATE"), e.getMessage());
  }

  @Test
  void aTensorThatNothingDependsOnGetsZeros() {
    Tensor x = Tensor.ofDoubles(2).leaf();
    Tensor unused = Tensor.zeros(2, 3).to(DType.F64).leaf();
    Tensor g = x.square().sum().gradients(x, unused).get(unused);
    assertEquals(Shape.of(2, 3), g.shape());
    assertEquals(0, g.abs().sum().item());
  }

  @Test
  void gradientsReachResultsAsWellAsLeaves() {
    Tensor x = Tensor.ofDoubles(2).leaf();
    Tensor middle = x.square();
    Tensor g = middle.mul(3).sum().gradients(middle).get(middle);
    assertEquals(3, g.item());
  }

  @Test
  void outputsOfASplitThatNothingUsesCountAsZero() {
    Tensor x = Tensor.ofDoubles(1, 2, 3, 4, 5).leaf();
    Tensor g = x.chunk(3).get(1).square().sum().gradients(x).get(x);
    assertArrayEquals(new double[] {0, 0, 6, 8, 0}, g.toDoubleArray());
  }

  @Test
  void severalThreadsDifferentiateOneGraphAtOnce() {
    Tensor x = Tensor.ofDoubles(0.3, -0.2).leaf();
    Tensor y = x;
    for (int step = 0; step < 200; step++) {
      y = y.sin().add(x);
    }
    Tensor loss = y.sum();
    double[] alone = loss.gradients(List.of(x), GraphMode.RETAIN).get(x).toDoubleArray();
    IntStream.range(0, 64)
        .parallel()
        .forEach(
            i ->
                assertArrayEquals(
                    alone, loss.gradients(List.of(x), GraphMode.RETAIN).get(x).toDoubleArray()));
  }

  @Test
  void aPassThatFailsLeavesTheGraphFitForAnother() {
    Tensor x = Tensor.ofDoubles(2).leaf();
    int[] calls = {0};
    Tensor y =
        x.onGradient(
                g -> {
                  if (calls[0]++ == 0) {
                    throw new IllegalStateException("first");
                  }
                  return g;
                })
            .mul(3)
            .sum();
    assertThrows(IllegalStateException.class, () -> y.gradients(List.of(x), GraphMode.RETAIN));
    assertEquals(3, y.gradients(x).get(x).item());
  }

  @Test
  void aHookMayReplaceAGradient() {
    Tensor x = Tensor.ofDoubles(1, 2).leaf();
    Tensor g = x.onGradient(h -> h.mul(10)).sum().gradients(x).get(x);
    assertArrayEquals(new double[] {10, 10}, g.toDoubleArray());
  }

  @Test
  void anomalyModeNamesTheOpThatMadeTheFirstNaN() {
    Tensor x = Tensor.ofDoubles(-1).leaf();
    var forward =
        assertThrows(
            AnomalyException.class,
            () -> Autograd.detectAnomaly(() -> x.mul(2).sqrt().exp().sum()));
    assertTrue(forward.getMessage().startsWith("sqrt:"), forward.getMessage());
    Tensor zero = Tensor.ofDoubles(0).leaf();
    var backward =
        assertThrows(
            AnomalyException.class,
            () -> Autograd.detectAnomaly(() -> zero.sqrt().mul(0).sum().gradients(zero)));
    assertTrue(backward.getMessage().startsWith("backward of sqrt"), backward.getMessage());
  }

  @Test
  void mixedElementTypesAreRefused() {
    var e =
        assertThrows(IllegalArgumentException.class, () -> Tensor.of(1).add(Tensor.ofDoubles(1)));
    assertTrue(e.getMessage().startsWith("add: operand 0 is F32 but operand 1 is F64"));
  }
}
