package org.tapeloop.backend.openblas;

/**
 * The exponential and its relatives for F64 arguments: those of {@link Math}, 3 to 12 ns an
 * element.
 */
final class DoubleExponential {
  private DoubleExponential() {}

  static void exp(double[] x, double[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = exp(x[i]);
    }
  }

  static void expm1(double[] x, double[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = expm1(x[i]);
    }
  }

  static void tanh(double[] x, double[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = tanh(x[i]);
    }
  }

  static void sigmoid(double[] x, double[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = sigmoid(x[i]);
    }
  }

  private static double exp(double x) {
    return Math.exp(x);
  }

  private static double expm1(double x) {
    return Math.expm1(x);
  }

  private static double tanh(double x) {
    return Math.tanh(x);
  }

  /** {@code 1 / (1 + e^-x)}; e^-x overflows only where the result is below the normal numbers. */
  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
