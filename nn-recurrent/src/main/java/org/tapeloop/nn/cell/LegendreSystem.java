package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * The linear system whose state holds a window of its input as coefficients of Legendre polynomials
 * (Voelker, Kajic and Eliasmith 2019), held at zero order over steps of length 1.
 *
 * @param a [D, D]
 * @param b [D, 1]
 */
record LegendreSystem(Tensor a, Tensor b) {
  /** Terms of the exponential's series; below 2^-4 in norm, ten are beyond double precision. */
  private static final int TERMS = 14;

  private static final double SMALL = 0x1p-4;

  /**
   * The system of an order for a window of theta steps.
   *
   * @throws IllegalArgumentException if theta is not positive
   */
  static LegendreSystem of(int order, double theta) {
    if (!(theta > 0)) {
      throw new IllegalArgumentException("legendre system: theta must be positive, not " + theta);
    }
    // exp of [[A, B], [0, 0]] is [[A', B'], [0, 1]] with A' and B' held at zero order.
    double[][] both = new double[order + 1][order + 1];
    for (int i = 0; i < order; i++) {
      double scale = (2 * i + 1) / theta;
      for (int j = 0; j < order; j++) {
        both[i][j] = scale * (i < j || (i - j) % 2 == 0 ? -1 : 1);
      }
      both[i][order] = scale * (i % 2 == 0 ? 1 : -1);
    }
    double[][] discrete = exponential(both);
    double[] a = new double[order * order];
    double[] b = new double[order];
    for (int i = 0; i < order; i++) {
      System.arraycopy(discrete[i], 0, a, i * order, order);
      b[i] = discrete[i][order];
    }
    return new LegendreSystem(
        Tensor.ofDoubles(Shape.of(order, order), a), Tensor.ofDoubles(Shape.of(order, 1), b));
  }

  /** The matrix exponential, by its series on a part of the matrix that is squared up again. */
  private static double[][] exponential(double[][] matrix) {
    int n = matrix.length;
    double norm = 0;
    for (double[] row : matrix) {
      double sum = 0;
      for (double element : row) {
        sum += Math.abs(element);
      }
      norm = Math.max(norm, sum);
    }
    int squarings = 0;
    while (norm > SMALL) {
      norm /= 2;
      squarings++;
    }
    double[][] part = new double[n][n];
    double[][] power = new double[n][n];
    double[][] sum = new double[n][n];
    for (int i = 0; i < n; i++) {
      power[i][i] = 1;
      sum[i][i] = 1;
      for (int j = 0; j < n; j++) {
        part[i][j] = Math.scalb(matrix[i][j], -squarings);
      }
    }
    for (int k = 1; k <= TERMS; k++) {
      power = product(power, part, 1.0 / k);
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          sum[i][j] += power[i][j];
        }
      }
    }
    for (int k = 0; k < squarings; k++) {
      sum = product(sum, sum, 1);
    }
    return sum;
  }

  private static double[][] product(double[][] x, double[][] y, double factor) {
    int n = x.length;
    double[][] out = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < n; k++) {
        double left = factor * x[i][k];
        for (int j = 0; j < n; j++) {
          out[i][j] += left * y[k][j];
        }
      }
    }
    return out;
  }
}
