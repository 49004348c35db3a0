package org.tapeloop.autograd.spi;

import java.util.function.DoubleBinaryOperator;

/**
 * An elementwise function of two operands. Its scalar meaning here, in double precision, is the
 * specification of every backend.
 *
 * <p>NaN in either operand gives NaN, except in comparisons, which give 0 (and {@code NOT_EQUAL}
 * 1).
 */
public enum BinaryKernel {
  /** {@code a + b}, correctly rounded. */
  ADD((a, b) -> a + b),
  /** {@code a - b}, correctly rounded. */
  SUB((a, b) -> a - b),
  /** {@code a * b}, correctly rounded. */
  MUL((a, b) -> a * b),
  /** {@code a / b}, correctly rounded. */
  DIV((a, b) -> a / b),
  /** {@code a} to the power {@code b}; {@link Math#pow} defines the special cases. */
  POW(Math::pow),
  /** The larger; NaN if either is. Exact. */
  MAXIMUM(Math::max),
  /** The smaller; NaN if either is. Exact. */
  MINIMUM(Math::min),
  /** 1 where equal, else 0. */
  EQUAL((a, b) -> a == b ? 1 : 0),
  /** 1 where not equal, else 0. */
  NOT_EQUAL((a, b) -> a != b ? 1 : 0),
  /** 1 where {@code a < b}, else 0. */
  LESS((a, b) -> a < b ? 1 : 0),
  /** 1 where {@code a <= b}, else 0. */
  LESS_EQUAL((a, b) -> a <= b ? 1 : 0),
  /** {@code g * (1 - y^2)}: cotangent g through tanh with output y. */
  TANH_GRADIENT((g, y) -> g * (1 - y * y)),
  /** {@code g * y * (1 - y)}: cotangent g through the logistic sigmoid with output y. */
  SIGMOID_GRADIENT((g, y) -> g * (y * (1 - y)));

  private final DoubleBinaryOperator meaning;

  BinaryKernel(DoubleBinaryOperator meaning) {
    this.meaning = meaning;
  }

  /** The kernel's value at one point. */
  public double apply(double a, double b) {
    return meaning.applyAsDouble(a, b);
  }
}
