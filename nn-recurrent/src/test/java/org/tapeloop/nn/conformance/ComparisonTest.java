package org.tapeloop.nn.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Tensor;

class ComparisonTest {
  private static final double INFINITY = Double.POSITIVE_INFINITY;

  private static Deviation compare(Tensor actual, Tensor expected) {
    return Comparison.of("r", actual, expected, 0.001, 1e-10);
  }

  private static Deviation compare(double actual, double expected) {
    return compare(Tensor.ofDoubles(actual, 0), Tensor.ofDoubles(expected, 0));
  }

  @Test
  void errorsAreRelativeToTheLargestMagnitudeExpected() {
    Deviation deviation = compare(Tensor.ofDoubles(-8, 2.5), Tensor.ofDoubles(-8, 2));
    assertEquals(0.5 / 8, deviation.error());
    assertFalse(deviation.isAccepted());
  }

  @Test
  void theFloorIsTheLeastScale() {
    assertEquals(1, compare(0.001, 0).error());
    assertEquals(2e-10, compare(2e-13, 0).error(), 1e-20);
    assertFalse(compare(2e-13, 0).isAccepted());
    assertTrue(compare(1e-13, 0).isAccepted());
  }

  @Test
  void anErrorAtTheToleranceIsAccepted() {
    assertTrue(new Deviation("r", 1e-10, 1e-10, "").isAccepted());
    assertFalse(new Deviation("r", Math.nextUp(1e-10), 1e-10, "").isAccepted());
  }

  @Test
  void nanWhereANumberIsExpectedIsNeverAccepted() {
    assertFalse(compare(Double.NaN, 1).isAccepted());
    assertFalse(
        compare(Tensor.ofDoubles(1, Double.NaN, 1), Tensor.ofDoubles(1, 1, 1)).isAccepted());
    assertFalse(new Deviation("r", Double.NaN, INFINITY, "").isAccepted());
  }

  @Test
  void infinityWhereANumberIsExpectedIsNeverAccepted() {
    assertFalse(compare(INFINITY, 1).isAccepted());
    assertFalse(compare(-INFINITY, 1).isAccepted());
  }

  @Test
  void nanIsExpectedWhereTheFileSaysSo() {
    assertTrue(compare(Double.NaN, Double.NaN).isAccepted());
    assertFalse(compare(1, Double.NaN).isAccepted());
    assertFalse(compare(INFINITY, Double.NaN).isAccepted());
  }

  @Test
  void anInfinityHasToBeTheSameOne() {
    assertTrue(compare(INFINITY, INFINITY).isAccepted());
    assertTrue(compare(-INFINITY, -INFINITY).isAccepted());
    assertFalse(compare(-INFINITY, INFINITY).isAccepted());
    assertFalse(compare(Double.NaN, INFINITY).isAccepted());
    assertFalse(compare(Double.MAX_VALUE, INFINITY).isAccepted());
  }

  @Test
  void placesOfNanAndInfinityAreNoPartOfTheScale() {
    Tensor expected = Tensor.ofDoubles(INFINITY, Double.NaN, 1);
    assertEquals(0.5, compare(Tensor.ofDoubles(INFINITY, Double.NaN, 1.5), expected).error());
  }

  @Test
  void shapesHaveToBeEqual() {
    Deviation deviation = compare(Tensor.ofDoubles(1, 2), Tensor.ofDoubles(1, 2).reshape(2, 1));
    assertFalse(deviation.isAccepted());
    assertEquals("r: shape [2], not [2, 1]", deviation.toString());
  }

  @Test
  void tensorsWithoutElementsAreEqual() {
    assertTrue(compare(Tensor.ofDoubles(), Tensor.ofDoubles()).isAccepted());
  }

  @Test
  void integersHaveToBeEqual() {
    assertTrue(Comparison.of("r", IntTensor.of(1, 2), IntTensor.of(1, 2)).isAccepted());
    Deviation deviation = Comparison.of("r", IntTensor.of(1, 3), IntTensor.of(1, 2));
    assertFalse(deviation.isAccepted());
    assertEquals("r: element 1 is 3, not 2", deviation.toString());
    assertFalse(Comparison.of("r", IntTensor.of(1), IntTensor.of(1, 2)).isAccepted());
  }
}
