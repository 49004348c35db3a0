package org.tapeloop.autograd;

import static org.tapeloop.autograd.None.NONE;

/**
 * The activation functions of {@link Tensor}, by element. What each is applied to goes through
 * {@link Activations} once.
 */
sealed interface ActivationMethods permits Tensor {

  private Tensor argument() {
    return Activations.argument((Tensor) this);
  }

  private static Tensor number(Tensor like, double value) {
    return Tensor.scalar(like.dtype(), value);
  }

  /** Hyperbolic tangent. */
  default Tensor tanh() {
    return PointwiseOps.TANH.apply(NONE, argument());
  }

  /** The logistic sigmoid {@code 1 / (1 + e^-x)}. */
  default Tensor sigmoid() {
    return PointwiseOps.SIGMOID.apply(NONE, argument());
  }

  /** {@code max(x, 0)}; the derivative at 0 is 0. */
  default Tensor relu() {
    return PointwiseOps.RELU.apply(NONE, argument());
  }

  /** {@code ln(1 + e^x)}. */
  default Tensor softplus() {
    return PointwiseOps.SOFTPLUS.apply(NONE, argument());
  }

  /**
   * {@code ln(1 + e^(beta x)) / beta}.
   *
   * @throws IllegalArgumentException if beta is 0 or not finite
   */
  default Tensor softplus(double beta) {
    if (beta == 0 || !Double.isFinite(beta)) {
      throw new IllegalArgumentException("softplus: beta must be finite and not 0, not " + beta);
    }
    return beta == 1
        ? softplus()
        : PointwiseOps.SOFTPLUS.apply(NONE, argument().mul(beta)).div(beta);
  }

  /** {@code ln sigmoid(x) = -ln(1 + e^-x)}. */
  default Tensor logSigmoid() {
    return PointwiseOps.SOFTPLUS.apply(NONE, argument().neg()).neg();
  }

  /** {@code x > 0 ? x : slope x}; the derivative at 0 is the slope. */
  default Tensor leakyRelu(double slope) {
    Tensor x = argument();
    return x.mul(x.gt(0).where(number(x, 1), number(x, slope)));
  }

  /** {@code x > 0 ? x : alpha (e^x - 1)}; the derivative at 0 is alpha. */
  default Tensor elu(double alpha) {
    Tensor x = argument();
    Tensor positive = x.gt(0);
    Tensor rest = positive.where(number(x, 0), x);
    return positive.where(x, rest.expm1().mul(alpha));
  }

  /**
   * {@code 1.0507009873554805 elu(x)} with {@code alpha = 1.6732632423543772}: keeps mean 0 and
   * variance 1 from layer to layer (Klambauer et al. 2017, arXiv 1706.02515).
   */
  default Tensor selu() {
    return elu(1.6732632423543772).mul(1.0507009873554805);
  }

  /** {@code x Phi(x)} with the normal distribution function Phi, from the error function. */
  default Tensor gelu() {
    Tensor x = argument();
    return x.mul(x.mul(Math.sqrt(0.5)).erf().add(1).mul(0.5));
  }

  /**
   * {@code x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2}, within 5e-4 of {@link #gelu}
   * (Hendrycks and Gimpel 2016, arXiv 1606.08415).
   */
  default Tensor geluTanh() {
    Tensor x = argument();
    Tensor inner = x.square().mul(0.044715).add(1).mul(x).mul(Math.sqrt(2 / Math.PI));
    return x.mul(PointwiseOps.TANH.apply(NONE, inner).add(1).mul(0.5));
  }

  /** {@code x sigmoid(x)}. */
  default Tensor silu() {
    Tensor x = argument();
    return x.mul(PointwiseOps.SIGMOID.apply(NONE, x));
  }

  /** {@code x / (1 + |x|)}. */
  default Tensor softsign() {
    Tensor x = argument();
    return x.div(x.abs().add(1));
  }

  /**
   * Each element moved to the nearest number in [min, max]; the gradient is 1 inside, 0 outside and
   * at the bounds.
   *
   * @throws IllegalArgumentException unless {@code min < max}
   */
  default Tensor hardTanh(double min, double max) {
    if (!(min < max)) {
      throw new IllegalArgumentException(
          "hardTanh: min %s is not below max %s".formatted(min, max));
    }
    return bounded(argument(), min, max);
  }

  /** {@code min(max(x, -1), 1)}; the gradient at the bounds is 0. */
  default Tensor hardTanh() {
    return hardTanh(-1, 1);
  }

  /** {@code min(max(x + 3, 0), 6) / 6}; the gradient at the bounds is 0. */
  default Tensor hardSigmoid() {
    return bounded(argument().add(3), 0, 6).div(6);
  }

  private static Tensor bounded(Tensor x, double min, double max) {
    Tensor low = x.le(min).where(number(x, min), x);
    return low.ge(max).where(number(x, max), low);
  }
}
