package org.tapeloop.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.List;
import org.junit.jupiter.api.Test;

class ConversionTest {

  @Test
  void elementsAreRoundedToTheNearestFloat() {
    Tensor x = Tensor.ofDoubles(0.1, 1 + 1e-9, 1e300);
    assertArrayEquals(
        new double[] {0.1f, 1, Double.POSITIVE_INFINITY}, x.to(DType.F32).toDoubleArray());
    assertSame(x, x.to(DType.F64));
  }

  @Test
  void gradientsAreConvertedBackInBothOrders() {
    Tensor x = Tensor.ofDoubles(0.5, -2).leaf();
    Tensor y = x.to(DType.F32).pow(3).sum();
    Tensor g = y.gradients(List.of(x), GraphMode.CREATE).get(x);
    assertEquals(DType.F64, g.dtype());
    assertArrayEquals(new double[] {0.75, 12}, g.toDoubleArray());
    assertArrayEquals(new double[] {3, -12}, g.sum().gradients(x).get(x).toDoubleArray());
  }

  @Test
  void stridedTensorsKeepTheirOrder() {
    Tensor x = Tensor.ofDoubles(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
    assertArrayEquals(new double[] {4, 1, 5, 2, 6, 3}, x.t().flip(1).to(DType.F32).toDoubleArray());
  }
}
