package org.tapeloop.autograd.tck;

import java.util.Arrays;
import java.util.stream.IntStream;

/** The meaning of the instructions that standardise a row, in float64. */
final class StandardisedRow {
  private StandardisedRow() {}

  static Expected inverseDeviation(Precision precision, double[] x, double epsilon) {
    double mean = mean(x);
    double[] squares = Arrays.stream(x).map(v -> (v - mean) * (v - mean)).toArray();
    double variance = mean(squares) + epsilon;
    double result = 1 / Math.sqrt(variance);
    double sum = ErrorBounds.sum(precision, x.length);
    double shift = sum * meanSize(x);
    double tolerance = result * (sum + shift * shift / variance + 8 * precision.epsilon);
    return Expected.within(tolerance, result);
  }

  static Expected standardise(Precision precision, double[] x, double scale) {
    double mean = mean(x);
    double sum = ErrorBounds.sum(precision, x.length);
    double shift = sum * meanSize(x);
    return new Expected(
        Arrays.stream(x).map(v -> (v - mean) * scale).toArray(),
        Arrays.stream(x)
            .map(
                v ->
                    Math.abs(scale)
                            * (shift + 4 * precision.epsilon * (Math.abs(v) + Math.abs(mean)))
                        + precision.minNormal)
            .toArray());
  }

  static Expected gradient(Precision precision, double[] g, double[] y, double scale) {
    double[] products = IntStream.range(0, g.length).mapToDouble(i -> g[i] * y[i]).toArray();
    double mean = mean(g);
    double along = mean(products);
    double sum = ErrorBounds.sum(precision, g.length);
    double size = meanSize(g);
    double sizeAlong = meanSize(products);
    double[] values = new double[g.length];
    double[] tolerances = new double[g.length];
    for (int i = 0; i < g.length; i++) {
      values[i] = (g[i] - mean - y[i] * along) * scale;
      double terms = Math.abs(g[i]) + Math.abs(mean) + Math.abs(y[i] * along);
      double sums = sum * (size + Math.abs(y[i]) * sizeAlong);
      tolerances[i] =
          Math.abs(scale) * (sums + 4 * precision.epsilon * terms) + precision.minNormal;
    }
    return new Expected(values, tolerances);
  }

  private static double mean(double[] x) {
    return Arrays.stream(x).sum() / x.length;
  }

  private static double meanSize(double[] x) {
    return Arrays.stream(x).map(Math::abs).sum() / x.length;
  }
}
