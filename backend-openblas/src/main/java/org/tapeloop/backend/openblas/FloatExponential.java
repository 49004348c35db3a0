package org.tapeloop.backend.openblas;

/**
 * The exponential and its relatives for F32 arguments, in double precision and without a branch, so
 * that C2 turns loops over them into vector code: 0.7 to 1.4 ns an element, where {@link Math}
 * takes 3 to 9.
 *
 * <p>{@code e^x = (e^(x / 4096))^4096}: a polynomial of degree 5, below 4e-13 off for |x| to 110,
 * and twelve squarings, which multiply that by 4096. So each result is off by less than 2e-9 of
 * itself, a thirtieth of an ulp, before it is rounded to F32. The twin for F64, where this would
 * not do, is {@link DoubleExponential}.
 */
final class FloatExponential {
  /** Below it e^x rounds to 0, and the polynomial must not be asked. */
  private static final double LEAST = -110;

  /** From here on tanh rounds to 1. */
  private static final float TANH_SATURATION = 20;

  private FloatExponential() {}

  // A method a loop: in one large method C2 stops inlining, and a call ends the vectors.

  static void exp(float[] x, float[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = (float) exp(x[i]);
    }
  }

  static void expm1(float[] x, float[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = (float) expm1(x[i]);
    }
  }

  /**
   * {@code (e^2x - 1) / (e^2x + 1)}, within 2 ulp, in two loops: C2 does not unroll one of them
   * both as far as vectors need.
   */
  static void tanh(float[] x, float[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = (float) expm1(2.0 * Math.min(x[i], TANH_SATURATION));
    }
    for (int i = from; i < to; i++) {
      double q = out[i];
      out[i] = (float) (q / (q + 2));
    }
  }

  static void sigmoid(float[] x, float[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = (float) sigmoid(x[i]);
    }
  }

  private static double exp(double x) {
    double e = 1 + first(Math.max(x, LEAST));
    e *= e;
    e *= e;
    e *= e;
    e *= e;
    e *= e;
    e *= e;
    e *= e;
    e *= e;
    e *= e;
    e *= e;
    e *= e;
    return e * e;
  }

  /** {@code e^x - 1}. */
  private static double expm1(double x) {
    return squared(first(Math.max(x, LEAST)));
  }

  /** {@code 1 / (1 + e^-x)}; for F32 arguments e^-x overflows only where the result is 0. */
  private static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
  }

  /** {@code e^(x / 4096) - 1} by its Taylor series. */
  private static double first(double x) {
    double v = x * 0x1p-12;
    return v * (1 + v * (1.0 / 2 + v * (1.0 / 6 + v * (1.0 / 24 + v * (1.0 / 120)))));
  }

  /**
   * {@code (1 + q)^4096 - 1}: squares {@code 1 + q} as {@code q (q + 2)}, which loses nothing near
   * 0.
   */
  private static double squared(double first) {
    double q = first;
    q *= q + 2;
    q *= q + 2;
    q *= q + 2;
    q *= q + 2;
    q *= q + 2;
    q *= q + 2;
    q *= q + 2;
    q *= q + 2;
    q *= q + 2;
    q *= q + 2;
    q *= q + 2;
    return q * (q + 2);
  }
}
