package org.tapeloop.autograd;

import static org.tapeloop.autograd.None.NONE;

/** The elementwise part of {@link Tensor}. */
sealed interface PointwiseMethods permits Tensor {

  private Tensor self() {
    return (Tensor) this;
  }

  private Tensor number(double value) {
    return Tensor.scalar(self().dtype(), value);
  }

  // ---- arithmetic ----

  /** {@code this + other}, broadcast. */
  default Tensor add(Tensor other) {
    return PointwiseOps.ADD.apply(NONE, self(), other);
  }

  /** {@code this + number}. */
  default Tensor add(double number) {
    return add(number(number));
  }

  /** {@code this - other}, broadcast. */
  default Tensor sub(Tensor other) {
    return PointwiseOps.SUB.apply(NONE, self(), other);
  }

  /** {@code this - number}. */
  default Tensor sub(double number) {
    return sub(number(number));
  }

  /** {@code number - this}. */
  default Tensor rsub(double number) {
    return number(number).sub(self());
  }

  /** {@code this * other} by element, broadcast. */
  default Tensor mul(Tensor other) {
    return PointwiseOps.MUL.apply(NONE, self(), other);
  }

  /** {@code this * number}. */
  default Tensor mul(double number) {
    return mul(number(number));
  }

  /** {@code this / other} by element, broadcast. */
  default Tensor div(Tensor other) {
    return PointwiseOps.DIV.apply(NONE, self(), other);
  }

  /** {@code this / number}. */
  default Tensor div(double number) {
    return div(number(number));
  }

  /** {@code number / this}. */
  default Tensor rdiv(double number) {
    return number(number).div(self());
  }

  /** {@code -this}. */
  default Tensor neg() {
    return PointwiseOps.NEG.apply(NONE, self());
  }

  /** Absolute value; the derivative at 0 is 0. */
  default Tensor abs() {
    return PointwiseOps.ABS.apply(NONE, self());
  }

  /** -1, 0 or 1; the derivative is 0 everywhere. */
  default Tensor sign() {
    return PointwiseOps.SIGN.apply(NONE, self());
  }

  /** {@code x^2}. */
  default Tensor square() {
    return PointwiseOps.SQUARE.apply(NONE, self());
  }

  /** Square root. */
  default Tensor sqrt() {
    return PointwiseOps.SQRT.apply(NONE, self());
  }

  /** {@code x^(-1/2)}. */
  default Tensor rsqrt() {
    return PointwiseOps.RSQRT.apply(NONE, self());
  }

  /** {@code 1 / x}. */
  default Tensor reciprocal() {
    return PointwiseOps.RECIPROCAL.apply(NONE, self());
  }

  /**
   * {@code this^exponent} by element, broadcast. The gradient of {@code 0^0} is 0 for the base, and
   * that of {@code 0^p} with p not negative is 0 for the exponent.
   */
  default Tensor pow(Tensor exponent) {
    return PointwiseOps.POW.apply(NONE, self(), exponent);
  }

  /** {@code this^exponent} by element; {@code x^0} is 1 with gradient 0. */
  default Tensor pow(double exponent) {
    Tensor x = self();
    if (exponent == 1) {
      return x;
    }
    if (exponent == 2) {
      return x.square();
    }
    return exponent == 0.5
        ? x.sqrt()
        : PointwiseOps.POW_NUMBER.apply(exponent, x, number(exponent));
  }

  // ---- transcendental functions ----

  /** {@code e^x}. */
  default Tensor exp() {
    return PointwiseOps.EXP.apply(NONE, self());
  }

  /** {@code e^x - 1}, accurate near 0. */
  default Tensor expm1() {
    return PointwiseOps.EXPM1.apply(NONE, self());
  }

  /** Natural logarithm. */
  default Tensor log() {
    return PointwiseOps.LOG.apply(NONE, self());
  }

  /** {@code ln(1 + x)}, accurate near 0. */
  default Tensor log1p() {
    return PointwiseOps.LOG1P.apply(NONE, self());
  }

  /** Sine of radians. */
  default Tensor sin() {
    return PointwiseOps.SIN.apply(NONE, self());
  }

  /** Cosine of radians. */
  default Tensor cos() {
    return PointwiseOps.COS.apply(NONE, self());
  }

  /** The error function. */
  default Tensor erf() {
    return PointwiseOps.ERF.apply(NONE, self());
  }

  // ---- choice ----

  /**
   * Each element moved to the nearest number in [min, max]; the gradient is 1 inside and at the
   * bounds, 0 outside.
   *
   * @param min negative infinity for no lower bound
   * @param max infinity for no upper bound
   * @throws IllegalArgumentException unless {@code min <= max}
   */
  default Tensor clamp(double min, double max) {
    if (!(min <= max)) {
      throw new IllegalArgumentException("clamp: min %s exceeds max %s".formatted(min, max));
    }
    Tensor x = self();
    Tensor low = min == Double.NEGATIVE_INFINITY ? x : x.lt(min).where(number(min), x);
    return max == Double.POSITIVE_INFINITY ? low : low.gt(max).where(number(max), low);
  }

  /**
   * The value where the mask is not 0, else this; mask and this broadcast. No gradient where the
   * value stands.
   */
  default Tensor maskedFill(Tensor mask, double value) {
    return mask.where(number(value), self());
  }

  /**
   * The larger of the two by element, broadcast; NaN if either is. Equal operands share the
   * gradient by halves.
   */
  default Tensor maximum(Tensor other) {
    return PointwiseOps.MAXIMUM.apply(NONE, self(), other);
  }

  /**
   * The smaller of the two by element, broadcast; NaN if either is. Equal operands share the
   * gradient by halves.
   */
  default Tensor minimum(Tensor other) {
    return PointwiseOps.MINIMUM.apply(NONE, self(), other);
  }

  /** 1 where equal, else 0; no gradient. */
  default Tensor eq(Tensor other) {
    return PointwiseOps.EQUAL.apply(NONE, self(), other);
  }

  /** 1 where equal to the number, else 0; no gradient. */
  default Tensor eq(double number) {
    return eq(number(number));
  }

  /** 1 where not equal, else 0; no gradient. */
  default Tensor ne(Tensor other) {
    return PointwiseOps.NOT_EQUAL.apply(NONE, self(), other);
  }

  /** 1 where not equal to the number, else 0; no gradient. */
  default Tensor ne(double number) {
    return ne(number(number));
  }

  /** 1 where {@code this < other}, else 0; no gradient. */
  default Tensor lt(Tensor other) {
    return PointwiseOps.LESS.apply(NONE, self(), other);
  }

  /** 1 where {@code this < number}, else 0; no gradient. */
  default Tensor lt(double number) {
    return lt(number(number));
  }

  /** 1 where {@code this <= other}, else 0; no gradient. */
  default Tensor le(Tensor other) {
    return PointwiseOps.LESS_EQUAL.apply(NONE, self(), other);
  }

  /** 1 where {@code this <= number}, else 0; no gradient. */
  default Tensor le(double number) {
    return le(number(number));
  }

  /** 1 where {@code this > other}, else 0; no gradient. */
  default Tensor gt(Tensor other) {
    return other.lt(self());
  }

  /** 1 where {@code this > number}, else 0; no gradient. */
  default Tensor gt(double number) {
    return number(number).lt(self());
  }

  /** 1 where {@code this >= other}, else 0; no gradient. */
  default Tensor ge(Tensor other) {
    return other.le(self());
  }

  /** 1 where {@code this >= number}, else 0; no gradient. */
  default Tensor ge(double number) {
    return number(number).le(self());
  }

  /**
   * {@code this != 0 ? a : b} by element, all three broadcast. No gradient flows to the condition,
   * and none through the value that was not chosen.
   */
  default Tensor where(Tensor a, Tensor b) {
    return PointwiseOps.where(self(), a, b);
  }

  /** Zeros of this shape and type. */
  default Tensor zerosLike() {
    return Tensor.full(self().dtype(), self().shape(), 0);
  }

  /** Ones of this shape and type. */
  default Tensor onesLike() {
    return Tensor.full(self().dtype(), self().shape(), 1);
  }
}
