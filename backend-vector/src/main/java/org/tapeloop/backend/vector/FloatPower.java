package org.tapeloop.backend.vector;

import static org.tapeloop.backend.vector.FloatFormat.*;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Powers, {@code e^(y log|x|)} with the logarithm and the product carried as unevaluated sums of
 * two numbers. In passes, for the reason given at {@link FloatPasses}.
 *
 * <p>Largest error seen: 1.5 units in the last place in 32 bits, 2 in 64. Special cases as {@link
 * Math#pow} has them.
 */
final class FloatPower {
  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOAT;
  private static final int LANES = SPECIES.length();
  private static final int TILE = FloatPasses.TILE;

  private static final FloatLoop REDUCE =
      FloatLoop.unary((x, xo, xs, out, oo, os, rows, n) -> reduce(x, xo, out, oo, n));
  private static final FloatLoop LOGARITHM =
      FloatLoop.unary((x, xo, xs, out, oo, os, rows, n) -> logarithm(x, xo, out, oo, n));
  private static final FloatLoop PRODUCT =
      FloatLoop.binary(
          (x, xo, xs, xv, y, yo, ys, yv, out, oo, os, rows, n) ->
              product(x, xo, y, yo, out, oo, n));
  private static final FloatLoop EXPONENTIAL =
      FloatLoop.unary((x, xo, xs, out, oo, os, rows, n) -> exponential(x, xo, out, oo, n));
  private static final FloatLoop SIGN =
      FloatLoop.ternary(
          (x, xo, xs, xv, y, yo, ys, yv, p, po, ps, pv, out, oo, os, rows, n) ->
              sign(x, xo, y, yo, p, po, out, oo, n));

  private FloatPower() {}

  /** {@code out = a^b}, row by row in parts. */
  static void pow(
      float[] a,
      int ao,
      int as,
      int av,
      float[] b,
      int bo,
      int bs,
      int bv,
      float[] out,
      int oo,
      int os,
      int rows,
      int n) {
    FloatScratch scratch = FloatScratch.ofThread();
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < n; i += TILE) {
        int count = Math.min(TILE, n - i);
        float[] u = a;
        int uo = ao + row * as + i;
        if (av == 0) {
          u = scratch.stretched;
          uo = repeat(a, ao + row * as, u, 0, count);
        }
        float[] v = b;
        int vo = bo + row * bs + i;
        if (bv == 0) {
          v = scratch.stretched;
          vo = repeat(b, bo + row * bs, v, TILE, count);
        }
        part(u, uo, v, vo, out, oo + row * os + i, scratch.pass, count);
      }
    }
  }

  /** Repeats one vector. */
  private static int repeat(float[] x, int from, float[] out, int to, int count) {
    for (int i = 0; i < count; i += LANES) {
      System.arraycopy(x, from, out, to + i, LANES);
    }
    return to;
  }

  private static void part(
      float[] a, int ao, float[] b, int bo, float[] out, int oo, float[] kept, int count) {
    REDUCE.run(a, ao, kept, 0, count);
    LOGARITHM.run(kept, 0, kept, 0, count);
    PRODUCT.run(a, ao, b, bo, kept, 0, count);
    EXPONENTIAL.run(kept, 0, kept, 0, count);
    SIGN.run(a, ao, b, bo, kept, 0, out, oo, count);
  }

  /** {@code |x| = 2^n (1 + f)}; keeps n and {@code s = f / (2 + f)} in two parts. */
  private static void reduce(float[] x, int xo, float[] kept, int ko, int count) {
    for (int i = 0; i < count; i += LANES) {
      FloatVector magnitude = FloatVector.fromArray(SPECIES, x, xo + i).abs();
      VectorMask<Float> subnormal = magnitude.compare(VectorOperators.LT, MIN_NORMAL);
      FloatVector scaled = magnitude.blend(magnitude.mul(SCALE), subnormal);
      IntVector bits = scaled.reinterpretAsInts();
      IntVector exponent = bits.sub(SQRT_HALF_BITS).lanewise(VectorOperators.ASHR, FRACTION);
      FloatVector f =
          bits.sub(exponent.lanewise(VectorOperators.LSHL, FRACTION)).reinterpretAsFloats().sub(1);
      FloatVector whole = exponent.add(SHIFT_BITS).reinterpretAsFloats().sub(SHIFT);
      // The sum 2 + f = d + dLow is exact.
      FloatVector d = f.add(2);
      FloatVector dLow = f.sub(d.sub(2));
      FloatVector s = f.div(d);
      FloatVector sLow = s.neg().fma(d, f).sub(s.mul(dLow)).div(d);
      whole.blend(whole.sub(SCALE_EXPONENT), subnormal).intoArray(kept, ko + i);
      s.intoArray(kept, ko + TILE + i);
      sLow.intoArray(kept, ko + 2 * TILE + i);
    }
  }

  /**
   * {@code log|x| = n ln 2 + 2 s + 2/3 s^3 + s^5 (...)}, all but the last term in two parts;
   * replaces n and s.
   */
  private static void logarithm(float[] in, int at, float[] kept, int ko, int count) {
    for (int i = 0; i < count; i += LANES) {
      FloatVector n = FloatVector.fromArray(SPECIES, in, at + i);
      FloatVector s = FloatVector.fromArray(SPECIES, in, at + TILE + i);
      FloatVector sLow = FloatVector.fromArray(SPECIES, in, at + 2 * TILE + i);
      FloatVector z = s.mul(s);
      FloatVector zLow = s.fma(s, z.neg()).add(s.mul(sLow).mul(2));
      FloatVector cube = z.mul(s);
      FloatVector cubeLow = z.fma(s, cube.neg()).add(zLow.mul(s)).add(z.mul(sLow));
      FloatVector third = cube.mul(TWO_THIRDS);
      FloatVector thirdLow =
          cube.fma(FloatVector.broadcast(SPECIES, TWO_THIRDS), third.neg())
              .add(cube.mul(TWO_THIRDS_LOW))
              .add(cubeLow.mul(TWO_THIRDS));
      FloatVector tail = logTail(z).mul(z).mul(cube);
      // Exact sums, largest first; n times the high part of ln 2 is exact too.
      FloatVector powers = n.mul(LN2_HIGH);
      FloatVector twice = s.add(s);
      FloatVector a = powers.add(twice);
      FloatVector aBack = a.sub(powers);
      FloatVector aLow = powers.sub(a.sub(aBack)).add(twice.sub(aBack));
      FloatVector b = a.add(third);
      FloatVector bBack = b.sub(a);
      FloatVector bLow = a.sub(b.sub(bBack)).add(third.sub(bBack));
      FloatVector low =
          n.fma(FloatVector.broadcast(SPECIES, LN2_LOW), tail)
              .add(thirdLow)
              .add(sLow.add(sLow))
              .add(aLow)
              .add(bLow);
      FloatVector log = b.add(low);
      log.intoArray(kept, ko + i);
      low.sub(log.sub(b)).intoArray(kept, ko + TILE + i);
    }
  }

  /** {@code y log|x|} in two parts; replaces the logarithm. */
  private static void product(
      float[] x, int xo, float[] y, int yo, float[] kept, int ko, int count) {
    for (int i = 0; i < count; i += LANES) {
      FloatVector magnitude = FloatVector.fromArray(SPECIES, x, xo + i).abs();
      FloatVector v = FloatVector.fromArray(SPECIES, y, yo + i);
      FloatVector log =
          FloatVector.fromArray(SPECIES, kept, ko + i)
              .blend(Float.NEGATIVE_INFINITY, magnitude.compare(VectorOperators.EQ, 0))
              .blend(
                  magnitude, magnitude.compare(VectorOperators.LT, Float.POSITIVE_INFINITY).not());
      FloatVector product = v.mul(log);
      FloatVector low =
          v.fma(log, product.neg()).add(v.mul(FloatVector.fromArray(SPECIES, kept, ko + TILE + i)));
      product.intoArray(kept, ko + i);
      low.intoArray(kept, ko + TILE + i);
    }
  }

  /** {@code e^(p + q) = e^p + e^p q}; q is dropped where e^p is infinite, or q no number. */
  private static void exponential(float[] in, int at, float[] kept, int ko, int count) {
    for (int i = 0; i < count; i += LANES) {
      FloatVector e = FloatMath.exp(FloatVector.fromArray(SPECIES, in, at + i));
      FloatVector corrected = e.fma(FloatVector.fromArray(SPECIES, in, at + TILE + i), e);
      VectorMask<Float> regular =
          corrected
              .compare(VectorOperators.EQ, corrected)
              .and(e.compare(VectorOperators.LT, Float.POSITIVE_INFINITY));
      e.blend(corrected, regular).intoArray(kept, ko + i);
    }
  }

  private static void sign(
      float[] x, int xo, float[] y, int yo, float[] power, int po, float[] out, int oo, int count) {
    for (int i = 0; i < count; i += LANES) {
      signed(
              FloatVector.fromArray(SPECIES, power, po + i),
              FloatVector.fromArray(SPECIES, x, xo + i),
              FloatVector.fromArray(SPECIES, y, yo + i))
          .intoArray(out, oo + i);
    }
  }

  /**
   * The sign of a power of a negative number, NaN where there is no real one, and 1 where y is 0.
   */
  private static FloatVector signed(FloatVector power, FloatVector x, FloatVector y) {
    // Where neighbours are 2 apart, every number is an even integer.
    FloatVector size = y.abs();
    VectorMask<Float> large = size.compare(VectorOperators.LT, ALL_EVEN).not();
    FloatVector rounded = nearest(size);
    VectorMask<Float> integer = rounded.compare(VectorOperators.EQ, size).or(large);
    FloatVector half = size.mul(0.5f);
    VectorMask<Float> odd =
        integer.andNot(large).andNot(nearest(half).compare(VectorOperators.EQ, half));
    VectorMask<Float> negative = x.reinterpretAsInts().compare(VectorOperators.LT, 0).cast(SPECIES);
    VectorMask<Float> noReal =
        x.compare(VectorOperators.LT, 0)
            .andNot(integer)
            .and(x.compare(VectorOperators.GT, Float.NEGATIVE_INFINITY));
    return power
        .blend(power.neg(), negative.and(odd))
        .blend(Float.NaN, noReal)
        .blend(1, y.compare(VectorOperators.EQ, 0));
  }

  /** The nearest integer of a number from 0. */
  private static FloatVector nearest(FloatVector v) {
    return v.add(ROUNDING).sub(ROUNDING).blend(v, v.compare(VectorOperators.GE, ROUNDING));
  }
}
