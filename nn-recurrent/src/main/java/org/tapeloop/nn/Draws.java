package org.tapeloop.nn;

import java.util.Arrays;
import java.util.Comparator;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/** Initial values that are no plain elementwise distribution, in double precision on one thread. */
final class Draws {
  /** Beyond this many standard deviations past its bound a normal number is not looked for. */
  private static final double FAR = 9;

  private Draws() {}

  /** Uniform numbers of a stream, one after the other. */
  private static final class Uniforms {
    private final RandomStream stream;
    private long next;

    Uniforms(RandomStream stream) {
      this.stream = stream;
    }

    double next() {
      return stream.uniform(next++);
    }
  }

  /**
   * Standard normal numbers between two bounds, by rejection: uniform between the bounds, accepted
   * with the density over its largest value there.
   */
  static double[] truncatedNormal(RandomStream stream, int count, double low, double high) {
    double from = Math.max(low, Math.min(high, 0) - FAR);
    double to = Math.min(high, Math.max(low, 0) + FAR);
    double nearest = Math.clamp(0, from, to);
    Uniforms uniforms = new Uniforms(stream);
    double[] out = new double[count];
    for (int i = 0; i < count; i++) {
      double z;
      do {
        z = from + (to - from) * uniforms.next();
      } while (uniforms.next() >= StrictMath.exp((nearest * nearest - z * z) / 2));
      out[i] = z;
    }
    return out;
  }

  /** For each column, which rows are 0: the given number of them, each set equally likely. */
  static boolean[] zeros(RandomStream stream, int rows, int columns, int perColumn) {
    Uniforms uniforms = new Uniforms(stream);
    boolean[] zero = new boolean[rows * columns];
    for (int c = 0; c < columns; c++) {
      double[] keys = new double[rows];
      Integer[] order = new Integer[rows];
      for (int r = 0; r < rows; r++) {
        keys[r] = uniforms.next();
        order[r] = r;
      }
      Arrays.sort(order, Comparator.comparingDouble(r -> keys[r]));
      for (int k = 0; k < perColumn; k++) {
        zero[order[k] * columns + c] = true;
      }
    }
    return zero;
  }

  /**
   * A random unitary matrix [2, n, n], real parts before imaginary ones, uniform over all: complex
   * normal rows made orthonormal in turn, twice over to remove what rounding leaves.
   */
  static Tensor unitary(RandomStream stream, int n) {
    double[] re = new double[n * n];
    double[] im = new double[n * n];
    for (int i = 0; i < n * n; i++) {
      re[i] = stream.normal(2L * i);
      im[i] = stream.normal(2L * i + 1);
    }
    for (int row = 0; row < n; row++) {
      int at = row * n;
      for (int sweep = 0; sweep < 2; sweep++) {
        for (int other = 0; other < at; other += n) {
          // <other, row> = sum conj(other) row
          double a = 0;
          double b = 0;
          for (int k = 0; k < n; k++) {
            a += re[other + k] * re[at + k] + im[other + k] * im[at + k];
            b += re[other + k] * im[at + k] - im[other + k] * re[at + k];
          }
          for (int k = 0; k < n; k++) {
            re[at + k] -= a * re[other + k] - b * im[other + k];
            im[at + k] -= a * im[other + k] + b * re[other + k];
          }
        }
      }
      double square = 0;
      for (int k = 0; k < n; k++) {
        square += re[at + k] * re[at + k] + im[at + k] * im[at + k];
      }
      double scale = 1 / Math.sqrt(square);
      for (int k = 0; k < n; k++) {
        re[at + k] *= scale;
        im[at + k] *= scale;
      }
    }
    float[] out = new float[2 * n * n];
    for (int i = 0; i < n * n; i++) {
      out[i] = (float) re[i];
      out[n * n + i] = (float) im[i];
    }
    return Tensor.of(Shape.of(2, n, n), out);
  }
}
