package org.tapeloop.backend.vector;

import static org.tapeloop.backend.vector.FloatFormat.*;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Functions too long for one loop: an exponential first, kept in scratch in L1, and then what is
 * made of it.
 *
 * <p>A loop that C2 can't inline whole is four times slower, an extra store and load a vector
 * hardly matter. n is a multiple of the lanes; out may be x, for each pass has read x before the
 * last writes out.
 */
final class FloatPasses {
  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOAT;
  private static final int LANES = SPECIES.length();

  /** Elements a pass, at most: 4 KiB. */
  static final int TILE = 1024;

  private FloatPasses() {}

  /**
   * A polynomial for small |x|; otherwise {@code 1 - 2e / (1 + e)} with {@code e = e^(-2|x|)}, and
   * the sign of x.
   */
  static void tanh(float[] x, int xo, float[] out, int oo, int n) {
    float[] e = FloatScratch.ofThread().pass;
    for (int from = 0; from < n; from += TILE) {
      int count = Math.min(TILE, n - from);
      for (int i = 0; i < count; i += LANES) {
        FloatVector v = FloatVector.fromArray(SPECIES, x, xo + from + i);
        FloatMath.exp(v.abs().mul(-2)).intoArray(e, i);
      }
      tanh(x, xo + from, e, out, oo + from, count);
    }
  }

  private static void tanh(float[] x, int xo, float[] e, float[] out, int oo, int n) {
    FloatVector one = FloatVector.broadcast(SPECIES, 1);
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, xo + i);
      FloatVector exponential = FloatVector.fromArray(SPECIES, e, i);
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
    for (int from = 0; from < n; from += TILE) {
      int count = Math.min(TILE, n - from);
      for (int i = 0; i < count; i += LANES) {
        FloatVector v = FloatVector.fromArray(SPECIES, x, xo + from + i);
        FloatMath.exp(v.abs().neg()).intoArray(e, i);
      }
      for (int i = 0; i < count; i += LANES) {
        FloatVector v = FloatVector.fromArray(SPECIES, x, xo + from + i);
        FloatMath.log1p(FloatVector.fromArray(SPECIES, e, i))
            .add(v.max(0))
            .intoArray(out, oo + from + i);
      }
    }
  }

  /** A series up to 1; from there {@code 1 - e^(-x^2) q(x)} with q the scaled complement. */
  static void erf(float[] x, int xo, float[] out, int oo, int n) {
    float[] e = FloatScratch.ofThread().pass;
    for (int from = 0; from < n; from += TILE) {
      int count = Math.min(TILE, n - from);
      erfExponential(x, xo + from, e, count);
      erfLarge(x, xo + from, e, count);
      erfSmall(x, xo + from, e, out, oo + from, count);
    }
  }

  private static void erfExponential(float[] x, int xo, float[] e, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, xo + i);
      FloatMath.exp(v.mul(v).neg()).intoArray(e, i);
    }
  }

  /** Makes {@code 1 - e^(-x^2) q(|x|)} of the exponential in e. */
  private static void erfLarge(float[] x, int xo, float[] e, int n) {
    FloatVector one = FloatVector.broadcast(SPECIES, 1);
    for (int i = 0; i < n; i += LANES) {
      FloatVector magnitude = FloatVector.fromArray(SPECIES, x, xo + i).abs();
      FloatVector a = magnitude.blend(ERF_LIMIT, magnitude.compare(VectorOperators.GT, ERF_LIMIT));
      FloatVector t = a.sub(ERF_CENTRE).div(a.add(ERF_CENTRE));
      one.sub(erfcScaled(t).mul(FloatVector.fromArray(SPECIES, e, i))).intoArray(e, i);
    }
  }

  private static void erfSmall(float[] x, int xo, float[] large, float[] out, int oo, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, xo + i);
      FloatVector small = erfRest(v.mul(v)).mul(v);
      FloatMath.withSign(FloatVector.fromArray(SPECIES, large, i), v)
          .blend(small, v.abs().compare(VectorOperators.LT, 1))
          .intoArray(out, oo + i);
    }
  }
}
