package org.tapeloop.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

class LayerTest {
  private static final RandomStream STREAM = new RandomStream(77, 0);
  private static final int[] LAST = {-1};

  private static Tensor normal(DType dtype, double mean, int... extents) {
    return Tensor.normal(STREAM, dtype, Shape.of(extents), mean, 1);
  }

  @Test
  void aNormalisedRowHasMeanZeroAndVarianceOne() {
    Tensor y = normal(DType.F64, 3, 4, 50).layerNorm(1, null, null, 0);
    assertEquals(0, y.mean(1).abs().max().item(), 1e-14);
    assertEquals(0, y.var(LAST, false, 0).sub(1).abs().max().item(), 1e-14);
  }

  @Test
  void weightAndBiasScaleAndShiftAndEpsDampsSmallRows() {
    Tensor x = Tensor.ofDoubles(Shape.of(1, 2), 1, 3);
    Tensor y = x.layerNorm(1, Tensor.ofDoubles(10, 20), Tensor.ofDoubles(1, 2), 3);
    assertArrayEquals(new double[] {-4, 12}, y.toDoubleArray(), 1e-14);
  }

  @Test
  void severalAxesMakeOneRow() {
    Tensor x = normal(DType.F64, 0, 2, 3, 4);
    Tensor flat = x.reshape(2, 12).layerNorm(1, null, null, 1e-5).reshape(2, 3, 4);
    assertEquals(0, x.layerNorm(2, null, null, 1e-5).sub(flat).abs().max().item(), 1e-14);
  }

  /** The mean of squares less the square of the mean would lose a tenth of the variance here. */
  @Test
  void varianceIsTakenFromCentredValues() {
    Tensor x = normal(DType.F32, 1000, 3, 64);
    Tensor exact = x.to(DType.F64);
    double error = x.var(1).to(DType.F64).sub(exact.var(1)).abs().max().item();
    assertEquals(0, error, 1e-4);
    Tensor y = x.layerNorm(1, null, null, 1e-5).to(DType.F64);
    double normalised = y.sub(exact.layerNorm(1, null, null, 1e-5)).abs().max().item();
    assertEquals(0, normalised, 1e-3);
  }

  @Test
  void dropoutKeepsTheMeanAndDropsAsOftenAsAsked() {
    Tensor ones = Tensor.ones(DType.F64, Shape.of(1000, 1000));
    Tensor y = ones.dropout(0.3, STREAM);
    // Standard errors: sqrt(0.3 * 0.7) / 1000 of the share dropped, that over 0.7 of the mean.
    assertEquals(0.3, y.eq(0).mean().item(), 5 * 0.000459);
    assertEquals(1, y.mean().item(), 5 * 0.000655);
    assertEquals(1 / 0.7, y.max().item(), 1e-15);
  }

  @Test
  void dropoutDropsTheSameElementsInBothTypesAndInGradients() {
    Tensor x = normal(DType.F64, 0, 40, 50).leaf();
    Tensor y = x.dropout(0.5, STREAM);
    Tensor single = x.detach().to(DType.F32).dropout(0.5, STREAM);
    assertArrayEquals(y.eq(0).toDoubleArray(), single.eq(0).toDoubleArray());
    Tensor g = y.sum().gradients(x).get(x);
    assertArrayEquals(y.eq(0).toDoubleArray(), g.eq(0).toDoubleArray());
  }

  @Test
  void dropoutOfNothingIsTheTensorItselfAndOfEverythingIsZero() {
    Tensor x = normal(DType.F64, 0, 5);
    assertSame(x, x.dropout(0, STREAM));
    assertArrayEquals(new double[5], x.dropout(1, STREAM).abs().toDoubleArray());
  }

  @Test
  void aMaskGivenDirectlyIsScaledToo() {
    Tensor y = Tensor.ofDoubles(1, 2, 3).dropout(0.75, Tensor.ofDoubles(1, 0, 1));
    assertArrayEquals(new double[] {4, 0, 12}, y.toDoubleArray());
  }
}
