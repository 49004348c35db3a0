package org.tapeloop.backend.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * What the elementary functions need to know of a 32-bit float: its format, constants rounded to
 * it, and polynomials of as many terms as its precision asks for.
 *
 * <p>The twin of {@code DoubleFormat}; both are written by hand, for only the numbers differ and
 * all of them do.
 */
final class FloatFormat {
  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOAT;

  /** Bits of the fraction. */
  static final int FRACTION = 23;

  /** Exponent field of 1. */
  static final int BIAS = 127;

  static final int SIGN = 1 << 31;

  /** From the bit of 2 to that of the sign. */
  static final int SIGN_SHIFT = 30;

  /**
   * Adding and subtracting it rounds to the nearest integer, which stands in the lowest bits in
   * between.
   */
  static final float SHIFT = 12582912f;

  static final int SHIFT_BITS = Float.floatToRawIntBits(SHIFT);
  static final int ONE_BITS = Float.floatToRawIntBits(1);
  static final int SQRT_HALF_BITS = Float.floatToRawIntBits(0.70710677f);
  static final float MIN_NORMAL = 1.1754944e-38f;

  /** Subnormal numbers are multiplied by 2 to this power. */
  static final float SCALE_EXPONENT = 25.0f;

  static final float SCALE = 33554432.0f;

  /** Below it x is the nearest number to expm1(x), log1p(x), sin(x) and tanh(x). */
  static final float TINY = 1.4901161e-8f;

  /** From here on tanh(x) is nearest to 1. */
  static final float TANH_LIMIT = 10.0f;

  static final float LOG2_E = 1.442695f;

  /** ln 2 in two parts; the first times an exponent is exact. */
  static final float LN2_HIGH = 0.69314575f;

  static final float LN2_LOW = 1.4286068e-6f;

  /** Below it e^x is smaller than a normal number. */
  static final float EXP_LOW = -87.33654f;

  /** Below it e^x - 1 is -1. */
  static final float EXPM1_LOW = -30.0f;

  /** Above it e^x - 1 is infinity. */
  static final float EXPM1_HIGH = 89.0f;

  /** Above it e^x is infinity. */
  static final float EXP_HIGH = 88.72283f;

  static final float TWO_THIRDS = 0.6666667f;

  /** What 2/3 has beyond {@link #TWO_THIRDS}. */
  static final float TWO_THIRDS_LOW = -1.9868216e-8f;

  /** From here on neighbours are at least 1 apart: adding it leaves the nearest integer. */
  static final float ROUNDING = 8388608f;

  /** From here on all numbers are even. */
  static final float ALL_EVEN = 16777216f;

  static final float TWO_OVER_PI = 0.63661975f;

  /** pi / 2 in three parts. */
  static final float HALF_PI_1 = 1.5707964f;

  static final float HALF_PI_2 = -4.371139e-8f;
  static final float HALF_PI_3 = -1.7151245e-15f;

  /** Up to it three parts of pi / 2 suffice. */
  static final float TRIG_LIMIT = 131072.0f;

  /** The fit of {@link #erfcScaled} is in t = (x - centre) / (x + centre). */
  static final float ERF_CENTRE = 2.0f;

  /** From here on erf(x) is nearest to 1. */
  static final float ERF_LIMIT = 4.0f;

  private FloatFormat() {}

  /**
   * {@code (e^r - 1 - r) / r^2} for |r| to ln(2)/2, a minimax fit. Pairs of terms do not wait for
   * each other (Estrin's scheme).
   *
   * @param z r^2
   */
  static FloatVector expm1Rest(FloatVector r, FloatVector z) {
    FloatVector high = r.fma(0.008363233f, 0.041666552f);
    FloatVector low = r.fma(0.16666576f, 0.5f);
    return z.fma(FloatVector.broadcast(SPECIES, 0.001392625f), high).fma(z, low);
  }

  /** {@code (log((1+s)/(1-s)) / s - 2) / s^2} as a series in z = s^2, for z to 0.0295. */
  static FloatVector logRest(FloatVector z) {
    FloatVector p = z.fma(0.18181819f, 0.22222222f);
    p = p.fma(z, FloatVector.broadcast(SPECIES, 0.2857143f));
    p = p.fma(z, FloatVector.broadcast(SPECIES, 0.4f));
    return p.fma(z, FloatVector.broadcast(SPECIES, 0.6666667f));
  }

  /** The same without its first term, over z: {@code 2/5 + 2/7 z + ...}. */
  static FloatVector logTail(FloatVector z) {
    FloatVector p = z.fma(0.18181819f, 0.22222222f);
    p = p.fma(z, FloatVector.broadcast(SPECIES, 0.2857143f));
    return p.fma(z, FloatVector.broadcast(SPECIES, 0.4f));
  }

  /** {@code (sin(r) / r - 1) / r^2} as a series in z = r^2, for |r| to pi/4. */
  static FloatVector sinRest(FloatVector z) {
    FloatVector p = z.fma(2.7557319e-6f, -0.0001984127f);
    p = p.fma(z, FloatVector.broadcast(SPECIES, 0.008333334f));
    return p.fma(z, FloatVector.broadcast(SPECIES, -0.16666667f));
  }

  /** {@code (cos(r) - 1 + r^2 / 2) / r^4} as a series in z = r^2, for |r| to pi/4. */
  static FloatVector cosRest(FloatVector z) {
    FloatVector p = z.fma(-2.755732e-7f, 2.4801588e-5f);
    p = p.fma(z, FloatVector.broadcast(SPECIES, -0.0013888889f));
    return p.fma(z, FloatVector.broadcast(SPECIES, 0.041666668f));
  }

  /** {@code erf(x) / x} as a series in z = x^2, for |x| to 1. */
  static FloatVector erfRest(FloatVector z) {
    FloatVector p = z.fma(-1.6365844e-7f, 1.6462114e-6f);
    p = p.fma(z, FloatVector.broadcast(SPECIES, -1.492565e-5f));
    p = p.fma(z, FloatVector.broadcast(SPECIES, 0.000120553326f));
    p = p.fma(z, FloatVector.broadcast(SPECIES, -0.0008548327f));
    p = p.fma(z, FloatVector.broadcast(SPECIES, 0.005223978f));
    p = p.fma(z, FloatVector.broadcast(SPECIES, -0.026866172f));
    p = p.fma(z, FloatVector.broadcast(SPECIES, 0.11283792f));
    p = p.fma(z, FloatVector.broadcast(SPECIES, -0.37612638f));
    return p.fma(z, FloatVector.broadcast(SPECIES, 1.1283792f));
  }

  /** {@code e^(x^2) erfc(x)} for x from 1 to 4, a minimax fit in t; worst error 2.5e-9 in erf. */
  static FloatVector erfcScaled(FloatVector t) {
    FloatVector p = t.fma(-0.0008379754f, 0.00681114f);
    p = p.fma(t, FloatVector.broadcast(SPECIES, 0.0037323718f));
    p = p.fma(t, FloatVector.broadcast(SPECIES, -0.07896831f));
    p = p.fma(t, FloatVector.broadcast(SPECIES, 0.2416582f));
    p = p.fma(t, FloatVector.broadcast(SPECIES, -0.42718598f));
    return p.fma(t, FloatVector.broadcast(SPECIES, 0.25539568f));
  }
}
