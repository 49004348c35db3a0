package org.tapeloop.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ArgmaxTest {

  private static Tensor tensor(DType dtype, Shape shape, double... values) {
    return Tensor.ofDoubles(shape, values).to(dtype);
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void theLargestIsFoundAlongEitherAxis(DType dtype) {
    Tensor x = tensor(dtype, Shape.of(2, 3), 1, 5, 2, 7, -1, 3);
    assertEquals(IntTensor.of(1, 0), x.argmax(1));
    assertEquals(IntTensor.of(1, 0, 1), x.argmax(0));
    assertEquals(IntTensor.of(1, 0), x.argmax(-1));
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void theFirstOfSeveralCountsAndNanIsLargest(DType dtype) {
    double nan = Double.NaN;
    Tensor x = tensor(dtype, Shape.of(4, 3), 2, 2, 1, 1, nan, nan, -0.0, 0.0, -0.0, nan, 9, 9);
    assertEquals(IntTensor.of(0, 1, 0, 0), x.argmax(1));
    double low = Double.NEGATIVE_INFINITY;
    assertEquals(IntTensor.of(0), tensor(dtype, Shape.of(1, 2), low, low).argmax(1));
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void stridedAndStretchedTensorsAreReadInTheirOrder(DType dtype) {
    Tensor x = tensor(dtype, Shape.of(2, 3), 1, 5, 2, 7, -1, 3);
    assertEquals(IntTensor.of(1, 0, 1), x.t().argmax(1));
    assertEquals(IntTensor.of(0, 1), x.t().flip(1).argmax(0).reshape(2));
    assertEquals(IntTensor.of(Shape.of(2, 2), 1, 0, 1, 0), x.expand(2, 2, 3).argmax(2));
    assertEquals(Shape.SCALAR, x.select(0, 0).argmax(0).shape());
    assertEquals(Shape.of(0), Tensor.zeros(0, 3).argmax(1).shape());
  }
}
