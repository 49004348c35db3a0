package org.tapeloop.autograd;

import org.tapeloop.autograd.spi.ArrayView;

/** Random matrices with orthonormal rows or columns. */
final class Orthogonal {
  private Orthogonal() {}

  /**
   * Orthonormalises a normal matrix by rows, or by columns where there are fewer of these. All
   * arithmetic is plain double precision on one thread, so every backend gets the same bits.
   */
  static Tensor draw(RandomStream stream, DType dtype, Shape shape, double gain) {
    if (shape.rank() < 2) {
      throw new IllegalArgumentException(
          "orthogonal: shape " + shape + " has no matrix; its rank must be at least 2");
    }
    int rows = shape.extent(0);
    int columns = rows == 0 ? 0 : shape.size() / rows;
    boolean wide = rows <= columns;
    int count = Math.min(rows, columns);
    int length = Math.max(rows, columns);
    double[] normal = stream.normal(DType.F64, Shape.of(count, length), 0, 1).toDoubleArray();
    double[][] vectors = new double[count][length];
    for (int i = 0; i < count; i++) {
      System.arraycopy(normal, i * length, vectors[i], 0, length);
      orthonormalise(vectors, i);
    }
    ArrayView out = dtype.allocate(shape);
    for (int i = 0; i < count; i++) {
      for (int k = 0; k < length; k++) {
        out.set(wide ? i * columns + k : k * columns + i, gain * vectors[i][k]);
      }
    }
    return Tensor.constant(shape, dtype, out);
  }

  /**
   * Makes vector {@code at} orthogonal to those before it and of length 1. The positive length
   * makes the result uniform over all orthogonal matrices (Mezzadri 2007); a second sweep removes
   * what rounding left of the first (Kahan and Parlett: twice is enough).
   */
  private static void orthonormalise(double[][] vectors, int at) {
    double[] v = vectors[at];
    for (int sweep = 0; sweep < 2; sweep++) {
      for (int j = 0; j < at; j++) {
        double[] q = vectors[j];
        double along = dot(q, v);
        for (int k = 0; k < v.length; k++) {
          v[k] -= along * q[k];
        }
      }
    }
    double scale = 1 / Math.sqrt(dot(v, v));
    for (int k = 0; k < v.length; k++) {
      v[k] *= scale;
    }
  }

  /** Four partial sums, because one would wait for each addition in turn. */
  private static double dot(double[] a, double[] b) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int k = 0;
    for (; k + 3 < a.length; k += 4) {
      s0 += a[k] * b[k];
      s1 += a[k + 1] * b[k + 1];
      s2 += a[k + 2] * b[k + 2];
      s3 += a[k + 3] * b[k + 3];
    }
    for (; k < a.length; k++) {
      s0 += a[k] * b[k];
    }
    return (s0 + s1) + (s2 + s3);
  }
}
