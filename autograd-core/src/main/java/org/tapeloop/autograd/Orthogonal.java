package org.tapeloop.autograd;

import java.util.Arrays;
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
    double[][] vectors = new double[count][];
    double[][] transposed = new double[length][count];
    for (int i = 0; i < count; i++) {
      double[] v = Arrays.copyOfRange(normal, i * length, (i + 1) * length);
      orthonormalise(v, vectors, transposed, i);
      vectors[i] = v;
      for (int k = 0; k < length; k++) {
        transposed[k][i] = v[k];
      }
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
   * Makes v orthogonal to the first {@code n} vectors and of length 1. The positive length makes
   * the result uniform over all orthogonal matrices (Mezzadri 2007); a second sweep removes what
   * rounding left of the first (Kahan and Parlett: twice is enough).
   *
   * @param transposed the vectors once more, by element: a sum over these can go on for all vectors
   *     at once, where a scalar product would wait for each addition in turn
   */
  private static void orthonormalise(double[] v, double[][] vectors, double[][] transposed, int n) {
    double[] along = new double[n];
    for (int sweep = 0; sweep < 2; sweep++) {
      Arrays.fill(along, 0);
      for (int k = 0; k < v.length; k++) {
        addScaled(along, v[k], transposed[k], n);
      }
      for (int j = 0; j < n; j++) {
        addScaled(v, -along[j], vectors[j], v.length);
      }
    }
    double square = 0;
    for (double element : v) {
      square += element * element;
    }
    double scale = 1 / Math.sqrt(square);
    for (int k = 0; k < v.length; k++) {
      v[k] *= scale;
    }
  }

  private static void addScaled(double[] to, double factor, double[] from, int n) {
    for (int k = 0; k < n; k++) {
      to[k] += factor * from[k];
    }
  }
}
