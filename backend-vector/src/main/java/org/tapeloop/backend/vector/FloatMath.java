package org.tapeloop.backend.vector;

import static org.tapeloop.backend.vector.FloatFormat.*;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Elementary functions of a vector, made of correctly rounded operations only.
 *
 * <p>The Vector API has these functions too, but computes them with one library where C2 compiled
 * the caller and with another where it has not yet: in one run the same operands give different
 * bits early and late (one in a hundred of exp and tanh). These are no slower: on Zen 5 with 512
 * bits exp takes 0.13 ns an element against 0.14, tanh 0.26 against 0.41.
 *
 * <p>Largest error seen, in units in the last place, 32-bit against exact and 64-bit against {@link
 * Math}: exp 1.1 and 1; expm1 1.7 and 2; log 0.9 and 1; log1p 1.5 and 1; sin and cos 1.5 and 1;
 * tanh 2.5 and 3; sigmoid 2.4 and 2; softplus 1.9 and 3; erf 2.5 and 12. Results of exp, and of
 * what is made of it, that would be below the normal range are 0.
 *
 * <p>Each is small enough for C2 to inline into a loop. Two in one loop are not: past {@code
 * NodeCountInliningCutoff} the rest is called, and every vector becomes an object. What needs more
 * runs in passes, see {@link FloatPasses}.
 */
final class FloatMath {
  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOAT;

  private FloatMath() {}

  /**
   * {@code 2^n e^r}, n the integer nearest to {@code x / ln 2} (Cody and Waite's reduction), n
   * added to the exponent of e^r. Results below the normal range are 0.
   */
  static FloatVector exp(FloatVector x) {
    FloatVector shifted = x.fma(LOG2_E, SHIFT);
    FloatVector n = shifted.sub(SHIFT);
    FloatVector p = expm1OfRest(x, n).add(1);
    IntVector power = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, FRACTION);
    FloatVector inRange = p.reinterpretAsInts().add(power).reinterpretAsFloats();
    // Infinity above the range, NaN for NaN.
    FloatVector beyond = x.mul(Float.POSITIVE_INFINITY);
    return beyond
        .blend(inRange, x.compare(VectorOperators.LE, EXP_HIGH))
        .blend(0, x.compare(VectorOperators.LT, EXP_LOW));
  }

  /** e^x for x up to 0, by fewer operations: nothing overflows. */
  static FloatVector decay(FloatVector x) {
    FloatVector shifted = x.fma(LOG2_E, SHIFT);
    FloatVector n = shifted.sub(SHIFT);
    FloatVector power = power(shifted);
    FloatVector result = expm1OfRest(x, n).fma(power, power);
    return result.blend(0, x.compare(VectorOperators.LT, EXP_LOW));
  }

  /** 2^n for n in the normal range, which {@code shifted} has in its lowest bits. */
  private static FloatVector power(FloatVector shifted) {
    return shifted
        .reinterpretAsInts()
        .lanewise(VectorOperators.LSHL, FRACTION)
        .add(ONE_BITS)
        .reinterpretAsFloats();
  }

  /** {@code e^r - 1} for r, what x has beyond {@code n ln 2}. */
  private static FloatVector expm1OfRest(FloatVector x, FloatVector n) {
    FloatVector r =
        n.fma(
            FloatVector.broadcast(SPECIES, -LN2_LOW),
            n.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), x));
    FloatVector z = r.mul(r);
    return expm1Rest(r, z).fma(z, r);
  }

  /**
   * {@code 2^n (e^r - 1) + (2^n - 1)}, at half its size so that the largest power of two exists.
   */
  static FloatVector expm1(FloatVector x) {
    FloatVector low = x.blend(EXPM1_LOW, x.compare(VectorOperators.LT, EXPM1_LOW));
    FloatVector y = low.blend(EXPM1_HIGH, low.compare(VectorOperators.GT, EXPM1_HIGH));
    FloatVector shifted = y.fma(LOG2_E, SHIFT);
    FloatVector n = shifted.sub(SHIFT);
    FloatVector p = expm1OfRest(y, n);
    FloatVector half =
        shifted
            .reinterpretAsInts()
            .sub(SHIFT_BITS - BIAS + 1)
            .lanewise(VectorOperators.LSHL, FRACTION)
            .reinterpretAsFloats();
    FloatVector result = half.fma(p, half.sub(0.5f)).mul(2);
    return result.blend(x, x.abs().compare(VectorOperators.LT, TINY));
  }

  /**
   * {@code n ln 2 + log(1 + f)} with 1 + f between sqrt(1/2) and sqrt(2), by a series in {@code s =
   * f / (2 + f)} arranged so that f itself, which is exact, is added last (as in fdlibm's log).
   */
  static FloatVector log(FloatVector x) {
    VectorMask<Float> subnormal = x.compare(VectorOperators.LT, MIN_NORMAL);
    FloatVector scaled = x.blend(x.mul(SCALE), subnormal);
    IntVector bits = scaled.reinterpretAsInts();
    IntVector exponent = bits.sub(SQRT_HALF_BITS).lanewise(VectorOperators.ASHR, FRACTION);
    FloatVector f =
        bits.sub(exponent.lanewise(VectorOperators.LSHL, FRACTION)).reinterpretAsFloats().sub(1);
    FloatVector whole = exponent.add(SHIFT_BITS).reinterpretAsFloats().sub(SHIFT);
    FloatVector n = whole.blend(whole.sub(SCALE_EXPONENT), subnormal);
    FloatVector s = f.div(f.add(2));
    FloatVector z = s.mul(s);
    FloatVector halfSquare = f.mul(f).mul(0.5f);
    FloatVector rest =
        n.fma(FloatVector.broadcast(SPECIES, LN2_LOW), s.mul(logRest(z).fma(z, halfSquare)));
    FloatVector result =
        n.fma(FloatVector.broadcast(SPECIES, LN2_HIGH), f.sub(halfSquare.sub(rest)));
    return result
        .blend(Float.NEGATIVE_INFINITY, x.compare(VectorOperators.EQ, 0))
        .blend(Float.NaN, x.compare(VectorOperators.LT, 0))
        .blend(x, x.compare(VectorOperators.LT, Float.POSITIVE_INFINITY).not());
  }

  /** {@code log(u) + c/u} with u = 1 + x rounded and c what the rounding lost. */
  static FloatVector log1p(FloatVector x) {
    FloatVector u = x.add(1);
    FloatVector lost = x.sub(u.sub(1));
    FloatVector c =
        lost.blend(
            FloatVector.broadcast(SPECIES, 1).sub(u.sub(x)), x.compare(VectorOperators.GE, 1));
    FloatVector correction = c.div(u);
    VectorMask<Float> regular = correction.compare(VectorOperators.EQ, correction);
    FloatVector y = log(u);
    return y.blend(y.add(correction), regular).blend(x, x.abs().compare(VectorOperators.LT, TINY));
  }

  /**
   * {@code 1 / (1 + e)} above 0 and {@code e / (1 + e)} below, with {@code e = e^(-|x|)}, which
   * cannot overflow.
   */
  static FloatVector sigmoid(FloatVector x) {
    FloatVector e = decay(negative(x));
    FloatVector numerator = e.blend(1, x.compare(VectorOperators.GE, 0));
    return numerator.div(e.add(1));
  }

  /** {@code sin(x + quarters * pi/2)} for |x| up to {@code TRIG_LIMIT}. */
  static FloatVector sin(FloatVector x, int quarters) {
    FloatVector shifted = x.fma(TWO_OVER_PI, SHIFT);
    FloatVector n = shifted.sub(SHIFT);
    FloatVector first = n.fma(FloatVector.broadcast(SPECIES, -HALF_PI_1), x);
    FloatVector second = n.fma(FloatVector.broadcast(SPECIES, -HALF_PI_2), first);
    FloatVector r = n.fma(FloatVector.broadcast(SPECIES, -HALF_PI_3), second);
    FloatVector z = r.mul(r);
    FloatVector sine = sinRest(z).mul(z).fma(r, r);
    FloatVector cosine = cosRest(z).mul(z).sub(0.5f).fma(z, FloatVector.broadcast(SPECIES, 1));
    IntVector quarter = shifted.reinterpretAsInts().add(quarters);
    VectorMask<Float> odd = quarter.and(1).compare(VectorOperators.NE, 0).cast(SPECIES);
    IntVector sign = quarter.and(2).lanewise(VectorOperators.LSHL, SIGN_SHIFT);
    return sine.blend(cosine, odd)
        .reinterpretAsInts()
        .lanewise(VectorOperators.XOR, sign)
        .reinterpretAsFloats();
  }

  /** {@code m / (2 + m)} with {@code m = e^(2x) - 1}. */
  static FloatVector tanh(FloatVector x) {
    FloatVector y = x.add(x);
    FloatVector shifted = y.fma(LOG2_E, SHIFT);
    FloatVector power = power(shifted);
    FloatVector m = expm1OfRest(y, shifted.sub(SHIFT)).fma(power, power.sub(1));
    return m.div(m.add(2))
        .blend(1, x.compare(VectorOperators.GT, TANH_LIMIT))
        .blend(-1, x.compare(VectorOperators.LT, -TANH_LIMIT));
  }

  /** erf of |x| from 1 on, with {@code bell = e^(-x^2)} known. */
  static FloatVector erfLarge(FloatVector x, FloatVector bell) {
    FloatVector magnitude = x.abs();
    FloatVector a = magnitude.blend(ERF_LIMIT, magnitude.compare(VectorOperators.GT, ERF_LIMIT));
    FloatVector t = a.sub(ERF_CENTRE).div(a.add(ERF_CENTRE));
    return FloatVector.broadcast(SPECIES, 1).sub(erfcScaled(t).mul(bell));
  }

  /** erf of x, with that of |x| known for |x| from 1 on. */
  static FloatVector erfSmall(FloatVector x, FloatVector large) {
    FloatVector small = erfRest(x.mul(x)).mul(x);
    return withSign(large, x).blend(small, x.abs().compare(VectorOperators.LT, 1));
  }

  /** {@code -|x|}. */
  static FloatVector negative(FloatVector x) {
    return x.reinterpretAsInts().or(SIGN).reinterpretAsFloats();
  }

  /** The magnitude of one with the sign of another. */
  static FloatVector withSign(FloatVector magnitude, FloatVector sign) {
    IntVector bits = sign.reinterpretAsInts().and(SIGN);
    return magnitude.abs().reinterpretAsInts().or(bits).reinterpretAsFloats();
  }
}
