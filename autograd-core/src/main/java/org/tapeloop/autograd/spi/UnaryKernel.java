package org.tapeloop.autograd.spi;

import java.util.function.DoubleUnaryOperator;

/**
 * An elementwise function of one operand. Its scalar meaning here, in double precision, is the
 * specification of every backend.
 *
 * <p>NaN gives NaN in every kernel.
 */
public enum UnaryKernel {
  /** {@code -x}. Exact. */
  NEGATE(x -> -x),
  /** {@code |x|}. Exact. */
  ABS(Math::abs),
  /** -1, 0 or 1; zeros keep their sign. Exact. */
  SIGN(Math::signum),
  /** Square root, correctly rounded; NaN below 0. */
  SQRT(Math::sqrt),
  /** {@code 1 / sqrt(x)}; infinity at 0. */
  RSQRT(x -> 1 / Math.sqrt(x)),
  /** {@code 1 / x}, correctly rounded. */
  RECIPROCAL(x -> 1 / x),
  /** {@code x * x}, correctly rounded. */
  SQUARE(x -> x * x),
  /** {@code e^x}. */
  EXP(Math::exp),
  /** {@code e^x - 1}, accurate near 0. */
  EXPM1(Math::expm1),
  /** Natural logarithm; -infinity at 0, NaN below. */
  LOG(Math::log),
  /** {@code ln(1 + x)}, accurate near 0. */
  LOG1P(Math::log1p),
  /** Sine of radians. */
  SIN(Math::sin),
  /** Cosine of radians. */
  COS(Math::cos),
  /** The error function, {@code 2/sqrt(pi)} times the integral of {@code e^(-t^2)} from 0 to x. */
  ERF(ErrorFunction::erf),
  /** Hyperbolic tangent. */
  TANH(Math::tanh),
  /** {@code 1 / (1 + e^-x)}, without overflow for any x. */
  SIGMOID(UnaryKernel::sigmoid),
  /** {@code max(x, 0)}. Exact. */
  RELU(x -> Math.max(x, 0.0)),
  /** {@code ln(1 + e^x)}, without overflow for any x. */
  SOFTPLUS(x -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))));

  private final DoubleUnaryOperator meaning;

  UnaryKernel(DoubleUnaryOperator meaning) {
    this.meaning = meaning;
  }

  /** The kernel's value at one point. */
  public double apply(double x) {
    return meaning.applyAsDouble(x);
  }

  private static double sigmoid(double x) {
    double e = Math.exp(-Math.abs(x));
    return x >= 0 ? 1 / (1 + e) : e / (1 + e);
  }
}
