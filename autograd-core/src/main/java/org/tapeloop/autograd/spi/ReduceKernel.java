package org.tapeloop.autograd.spi;

import java.util.function.DoubleBinaryOperator;

/** A reduction of many elements to one. */
public enum ReduceKernel {
  /** The sum; 0 of nothing. */
  SUM(0, Double::sum),
  /** The product; 1 of nothing. */
  PRODUCT(1, (a, b) -> a * b),
  /** The largest; NaN if any element is; -infinity of nothing. */
  MAX(Double.NEGATIVE_INFINITY, Math::max),
  /** The smallest; NaN if any element is; infinity of nothing. */
  MIN(Double.POSITIVE_INFINITY, Math::min);

  private final double identity;
  private final DoubleBinaryOperator combine;

  ReduceKernel(double identity, DoubleBinaryOperator combine) {
    this.identity = identity;
    this.combine = combine;
  }

  /** The value of an empty reduction. */
  public double identity() {
    return identity;
  }

  /** Joins two partial results. */
  public double combine(double a, double b) {
    return combine.applyAsDouble(a, b);
  }
}
