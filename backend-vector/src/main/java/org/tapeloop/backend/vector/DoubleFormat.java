package org.tapeloop.backend.vector;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * What the elementary functions need to know of a 64-bit float: its format, constants rounded to
 * it, and polynomials of as many terms as its precision asks for.
 *
 * <p>The twin of {@code FloatFormat}; both are written by hand, for only the numbers differ and all
 * of them do.
 */
final class DoubleFormat {
  private static final VectorSpecies<Double> SPECIES = VectorWidth.DOUBLE;

  /** Bits of the fraction. */
  static final int FRACTION = 52;

  /** Exponent field of 1. */
  static final long BIAS = 1023L;

  static final long SIGN = 1L << 63;

  /** From the bit of 2 to that of the sign. */
  static final int SIGN_SHIFT = 62;

  /**
   * Adding and subtracting it rounds to the nearest integer, which stands in the lowest bits in
   * between.
   */
  static final double SHIFT = 6755399441055744.0;

  static final long SHIFT_BITS = Double.doubleToRawLongBits(SHIFT);
  static final long ONE_BITS = Double.doubleToRawLongBits(1);
  static final long SQRT_HALF_BITS = Double.doubleToRawLongBits(0.7071067811865476);
  static final double MIN_NORMAL = 2.2250738585072014e-308;

  /** Subnormal numbers are multiplied by 2 to this power. */
  static final double SCALE_EXPONENT = 54.0;

  static final double SCALE = 1.8014398509481984e16;

  /** Below it x is the nearest number to expm1(x), log1p(x), sin(x) and tanh(x). */
  static final double TINY = 2.7755575615628914e-17;

  /** From here on tanh(x) is nearest to 1. */
  static final double TANH_LIMIT = 20.0;

  static final double LOG2_E = 1.4426950408889634;

  /** ln 2 in two parts; the first times an exponent is exact. */
  static final double LN2_HIGH = 0.693147180559663;

  static final double LN2_LOW = 2.8235290563031577e-13;

  /** Below it e^x is smaller than a normal number. */
  static final double EXP_LOW = -708.3964185322641;

  /** Below it e^x - 1 is -1. */
  static final double EXPM1_LOW = -60.0;

  /** Above it e^x - 1 is infinity. */
  static final double EXPM1_HIGH = 710.0;

  /** Above it e^x is infinity. */
  static final double EXP_HIGH = 709.782712893384;

  static final double TWO_THIRDS = 0.6666666666666666;

  /** What 2/3 has beyond {@link #TWO_THIRDS}. */
  static final double TWO_THIRDS_LOW = 3.700743415417188e-17;

  /** From here on neighbours are at least 1 apart: adding it leaves the nearest integer. */
  static final double ROUNDING = 4503599627370496.0;

  /** From here on all numbers are even. */
  static final double ALL_EVEN = 9007199254740992.0;

  static final double TWO_OVER_PI = 0.6366197723675814;

  /** pi / 2 in three parts. */
  static final double HALF_PI_1 = 1.5707963267948966;

  static final double HALF_PI_2 = 6.123233995736766e-17;
  static final double HALF_PI_3 = -1.4973849048591698e-33;

  /** Up to it three parts of pi / 2 suffice. */
  static final double TRIG_LIMIT = 1073741824.0;

  /** The fit of {@link #erfcScaled} is in t = (x - centre) / (x + centre). */
  static final double ERF_CENTRE = 3.0;

  /** From here on erf(x) is nearest to 1. */
  static final double ERF_LIMIT = 6.0;

  private DoubleFormat() {}

  /**
   * {@code (e^r - 1 - r) / r^2} for |r| to ln(2)/2, a minimax fit. Pairs of terms do not wait for
   * each other (Estrin's scheme).
   *
   * @param z r^2
   */
  static DoubleVector expm1Rest(DoubleVector r, DoubleVector z) {
    DoubleVector p8 = r.fma(2.09147553258932e-09, 2.5105312729622103e-08);
    DoubleVector p6 = r.fma(2.755727347871858e-07, 2.755725517000089e-06);
    DoubleVector p4 = r.fma(2.480158732567746e-05, 0.0001984126987500228);
    DoubleVector p2 = r.fma(0.0013888888888883711, 0.008333333333326084);
    DoubleVector p0 = r.fma(0.04166666666666667, 0.1666666666666667);
    DoubleVector half = DoubleVector.broadcast(SPECIES, 0.5);
    DoubleVector z2 = z.mul(z);
    DoubleVector high = p8.fma(z, p6);
    DoubleVector low = p4.fma(z, p2);
    return high.fma(z2, low).fma(z, p0).fma(r, half);
  }

  /** {@code (log((1+s)/(1-s)) / s - 2) / s^2} as a series in z = s^2, for z to 0.0295. */
  static DoubleVector logRest(DoubleVector z) {
    DoubleVector p = z.fma(0.08695652173913043, 0.09523809523809523);
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 0.10526315789473684));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 0.11764705882352941));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 0.13333333333333333));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 0.15384615384615385));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 0.18181818181818182));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 0.2222222222222222));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 0.2857142857142857));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 0.4));
    return p.fma(z, DoubleVector.broadcast(SPECIES, 0.6666666666666666));
  }

  /** The same without its first term, over z: {@code 2/5 + 2/7 z + ...}. */
  static DoubleVector logTail(DoubleVector z) {
    DoubleVector p = z.fma(0.08695652173913043, 0.09523809523809523);
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 0.10526315789473684));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 0.11764705882352941));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 0.13333333333333333));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 0.15384615384615385));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 0.18181818181818182));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 0.2222222222222222));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 0.2857142857142857));
    return p.fma(z, DoubleVector.broadcast(SPECIES, 0.4));
  }

  /** {@code (sin(r) / r - 1) / r^2} as a series in z = r^2, for |r| to pi/4. */
  static DoubleVector sinRest(DoubleVector z) {
    DoubleVector p = z.fma(2.8114572543455206e-15, -7.647163731819816e-13);
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 1.6059043836821613e-10));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, -2.505210838544172e-8));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 2.7557319223985893e-6));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, -0.0001984126984126984));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 0.008333333333333333));
    return p.fma(z, DoubleVector.broadcast(SPECIES, -0.16666666666666666));
  }

  /** {@code (cos(r) - 1 + r^2 / 2) / r^4} as a series in z = r^2, for |r| to pi/4. */
  static DoubleVector cosRest(DoubleVector z) {
    DoubleVector p = z.fma(-1.5619206968586225e-16, 4.779477332387385e-14);
    p = p.fma(z, DoubleVector.broadcast(SPECIES, -1.1470745597729725e-11));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 2.08767569878681e-9));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, -2.755731922398589e-7));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 2.48015873015873e-5));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, -0.001388888888888889));
    return p.fma(z, DoubleVector.broadcast(SPECIES, 0.041666666666666664));
  }

  /** {@code erf(x) / x} as a series in z = x^2, for |x| to 1. */
  static DoubleVector erfRest(DoubleVector z) {
    DoubleVector p = z.fma(4.763348040515068e-18, -9.063970842808673e-17);
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 1.6342614095367152e-15));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, -2.7835162072109215e-14));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 4.4632242632864775e-13));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, -6.7113668551641105e-12));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 9.422759064650411e-11));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, -1.2290555301717928e-9));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 1.4807192815879218e-8));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, -1.6365844691234924e-7));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 1.6462114365889248e-6));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, -1.492565035840625e-5));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 0.00012055332981789664));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, -0.0008548327023450853));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 0.005223977625442188));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, -0.026866170645131252));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, 0.11283791670955126));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, -0.37612638903183754));
    return p.fma(z, DoubleVector.broadcast(SPECIES, 1.1283791670955126));
  }

  /** {@code e^(x^2) erfc(x)} for x from 1 to 6, a minimax fit in t; worst error 4e-18 in erf. */
  static DoubleVector erfcScaled(DoubleVector t) {
    DoubleVector p = t.fma(1.2801900862962662e-6, 2.023603179641757e-6);
    p = p.fma(t, DoubleVector.broadcast(SPECIES, -8.008021319412685e-6));
    p = p.fma(t, DoubleVector.broadcast(SPECIES, -1.284889451252353e-5));
    p = p.fma(t, DoubleVector.broadcast(SPECIES, 6.406182073530546e-5));
    p = p.fma(t, DoubleVector.broadcast(SPECIES, 4.525472635483354e-5));
    p = p.fma(t, DoubleVector.broadcast(SPECIES, -0.0005970623517093284));
    p = p.fma(t, DoubleVector.broadcast(SPECIES, 0.0007077464443901538));
    p = p.fma(t, DoubleVector.broadcast(SPECIES, 0.004269136347508256));
    p = p.fma(t, DoubleVector.broadcast(SPECIES, -0.024392499318273194));
    p = p.fma(t, DoubleVector.broadcast(SPECIES, 0.07166583719774874));
    p = p.fma(t, DoubleVector.broadcast(SPECIES, -0.15011593650078744));
    p = p.fma(t, DoubleVector.broadcast(SPECIES, 0.24560380171233195));
    p = p.fma(t, DoubleVector.broadcast(SPECIES, -0.32623356004303716));
    return p.fma(t, DoubleVector.broadcast(SPECIES, 0.17900115118138996));
  }
}
