package org.tapeloop.backend.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * Sine and cosine of any argument: those too large for the vector reduction are computed one by
 * one.
 */
final class FloatTrigonometry {
  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOAT;
  private static final int LANES = SPECIES.length();

  private FloatTrigonometry() {}

  static void sin(float[] x, int xo, int xs, float[] out, int oo, int os, int rows, int n) {
    for (int row = 0; row < rows; row++) {
      run(x, xo + row * xs, out, oo + row * os, n, 0);
    }
  }

  static void cos(float[] x, int xo, int xs, float[] out, int oo, int os, int rows, int n) {
    for (int row = 0; row < rows; row++) {
      run(x, xo + row * xs, out, oo + row * os, n, 1);
    }
  }

  /** {@code out = sin(x + quarters * pi/2)} with quarters 0 or 1; n is a multiple of the lanes. */
  private static void run(float[] x, int xo, float[] out, int oo, int n, int quarters) {
    if (largest(x, xo, n) <= FloatFormat.TRIG_LIMIT) {
      loop(x, xo, out, oo, n, quarters);
      return;
    }
    // out may be x, and which element takes which way must depend on the element alone.
    float[] kept = java.util.Arrays.copyOfRange(x, xo, xo + n);
    loop(x, xo, out, oo, n, quarters);
    UnaryKernel exact = quarters == 0 ? UnaryKernel.SIN : UnaryKernel.COS;
    for (int i = 0; i < n; i++) {
      if (!(Math.abs(kept[i]) <= FloatFormat.TRIG_LIMIT)) {
        out[oo + i] = (float) exact.apply(kept[i]);
      }
    }
  }

  private static void loop(float[] x, int xo, float[] out, int oo, int n, int quarters) {
    for (int i = 0; i < n; i += LANES) {
      FloatMath.sin(FloatVector.fromArray(SPECIES, x, xo + i), quarters).intoArray(out, oo + i);
    }
  }

  /** The largest magnitude, or NaN if there is one. */
  private static float largest(float[] x, int xo, int n) {
    FloatVector largest = FloatVector.zero(SPECIES);
    for (int i = 0; i < n; i += LANES) {
      largest = largest.max(FloatVector.fromArray(SPECIES, x, xo + i).abs());
    }
    return largest.reduceLanes(VectorOperators.MAX);
  }
}
