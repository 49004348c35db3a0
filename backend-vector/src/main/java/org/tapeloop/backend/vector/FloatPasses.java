package org.tapeloop.backend.vector;

import static org.tapeloop.backend.vector.FloatFormat.*;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Functions too long for one loop: an exponential first, kept in scratch in L1, and then what is
 * made of it.
 *
 * <p>For the reason given at {@link FloatLoop}; an extra store and load a vector hardly matter
 * beside it. n is a multiple of the lanes; out may be x, for each pass has read x before the last
 * writes out.
 */
final class FloatPasses {
  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOAT;
  private static final int LANES = SPECIES.length();

  /** Elements a pass, at most: 4 KiB. */
  static final int TILE = 1024;

  private static final FloatLoop TANH_EXPONENTIAL = FloatLoop.unary(FloatPasses::tanhExponential);
  private static final FloatLoop TANH_QUOTIENT = FloatLoop.binary(FloatPasses::tanhQuotient);
  private static final FloatLoop DECAY = FloatLoop.unary(FloatPasses::decay);
  private static final FloatLoop SOFTPLUS_LOGARITHM =
      FloatLoop.binary(FloatPasses::softplusLogarithm);
  private static final FloatLoop BELL = FloatLoop.unary(FloatPasses::bell);
  private static final FloatLoop ERF_LARGE = FloatLoop.binary(FloatPasses::erfLarge);
  private static final FloatLoop ERF_SMALL = FloatLoop.binary(FloatPasses::erfSmall);

  private FloatPasses() {}

  /**
   * A polynomial for small |x|; otherwise {@code 1 - 2e / (1 + e)} with {@code e = e^(-2|x|)}, and
   * the sign of x.
   */
  static void tanh(float[] x, int xo, float[] out, int oo, int n) {
    float[] e = FloatScratch.ofThread().pass;
    for (int i = 0; i < n; i += TILE) {
      int count = Math.min(TILE, n - i);
      TANH_EXPONENTIAL.run(x, xo + i, e, 0, count);
      TANH_QUOTIENT.run(x, xo + i, e, 0, out, oo + i, count);
    }
  }

  private static void tanhExponential(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatMath.exp(FloatVector.fromArray(SPECIES, x, xo + i).abs().mul(-2)).intoArray(out, oo + i);
    }
  }

  private static void tanhQuotient(
      float[] x, int xo, float[] e, int eo, float[] out, int oo, int n) {
    FloatVector one = FloatVector.broadcast(SPECIES, 1);
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, xo + i);
      FloatVector exponential = FloatVector.fromArray(SPECIES, e, eo + i);
      FloatVector z = v.mul(v);
      FloatVector small = tanhRest(z).mul(z).fma(v, v);
      FloatVector quotient = exponential.add(exponential).div(exponential.add(one));
      FloatMath.withSign(one.sub(quotient), v)
          .blend(small, v.abs().compare(VectorOperators.LT, 0.55f))
          .intoArray(out, oo + i);
    }
  }

  /** {@code max(x, 0) + log(1 + e^(-|x|))}. */
  static void softplus(float[] x, int xo, float[] out, int oo, int n) {
    float[] e = FloatScratch.ofThread().pass;
    for (int i = 0; i < n; i += TILE) {
      int count = Math.min(TILE, n - i);
      DECAY.run(x, xo + i, e, 0, count);
      SOFTPLUS_LOGARITHM.run(x, xo + i, e, 0, out, oo + i, count);
    }
  }

  private static void decay(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatMath.exp(FloatVector.fromArray(SPECIES, x, xo + i).abs().neg()).intoArray(out, oo + i);
    }
  }

  private static void softplusLogarithm(
      float[] x, int xo, float[] e, int eo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatMath.log1p(FloatVector.fromArray(SPECIES, e, eo + i))
          .add(FloatVector.fromArray(SPECIES, x, xo + i).max(0))
          .intoArray(out, oo + i);
    }
  }

  /** A series up to 1; from there {@code 1 - e^(-x^2) q(|x|)} with q the scaled complement. */
  static void erf(float[] x, int xo, float[] out, int oo, int n) {
    float[] e = FloatScratch.ofThread().pass;
    for (int i = 0; i < n; i += TILE) {
      int count = Math.min(TILE, n - i);
      BELL.run(x, xo + i, e, 0, count);
      ERF_LARGE.run(x, xo + i, e, 0, e, 0, count);
      ERF_SMALL.run(x, xo + i, e, 0, out, oo + i, count);
    }
  }

  /** {@code e^(-x^2)}. */
  private static void bell(float[] x, int xo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, xo + i);
      FloatMath.exp(v.mul(v).neg()).intoArray(out, oo + i);
    }
  }

  private static void erfLarge(float[] x, int xo, float[] e, int eo, float[] out, int oo, int n) {
    FloatVector one = FloatVector.broadcast(SPECIES, 1);
    for (int i = 0; i < n; i += LANES) {
      FloatVector magnitude = FloatVector.fromArray(SPECIES, x, xo + i).abs();
      FloatVector a = magnitude.blend(ERF_LIMIT, magnitude.compare(VectorOperators.GT, ERF_LIMIT));
      FloatVector t = a.sub(ERF_CENTRE).div(a.add(ERF_CENTRE));
      one.sub(erfcScaled(t).mul(FloatVector.fromArray(SPECIES, e, eo + i))).intoArray(out, oo + i);
    }
  }

  private static void erfSmall(
      float[] x, int xo, float[] large, int lo, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, xo + i);
      FloatVector small = erfRest(v.mul(v)).mul(v);
      FloatMath.withSign(FloatVector.fromArray(SPECIES, large, lo + i), v)
          .blend(small, v.abs().compare(VectorOperators.LT, 1))
          .intoArray(out, oo + i);
    }
  }
}
