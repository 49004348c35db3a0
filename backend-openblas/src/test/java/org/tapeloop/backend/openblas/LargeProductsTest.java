package org.tapeloop.backend.openblas;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;

/** Products large enough to be cut into blocks, which the conformance suite has no time for. */
class LargeProductsTest {
  private final Random random = new Random(20260601);

  @Test
  void productsCutAcrossColumnsAreRight() {
    verify(24, 2100, 800);
  }

  @Test
  void productsCutAcrossRowsAreRight() {
    verify(2100, 24, 800);
  }

  @Test
  void productsCutAlongTheInnerExtentAreRight() {
    verify(130, 1100, 16384);
  }

  @Test
  void vectorsCutIntoBlocksAreRight() {
    verify(1, 1500, 700);
    verify(1500, 1, 700);
  }

  /** Checks bits over thread counts, and a few elements against their definition. */
  private void verify(int m, int n, int k) {
    FloatView a = random(m, k);
    FloatView b = random(k, n);
    FloatView old = random(m, n);
    float[] single = product(1, a, b, old);
    for (int threads = 2; threads <= 4; threads++) {
      assertArrayEquals(single, product(threads, a, b, old), "threads " + threads);
    }
    for (int trial = 0; trial < 200; trial++) {
      int row = trial == 0 ? m - 1 : random.nextInt(m);
      int column = trial == 0 ? n - 1 : random.nextInt(n);
      double dot = 0;
      double magnitude = 0;
      for (int i = 0; i < k; i++) {
        double term = (double) a.array()[row * k + i] * b.array()[i * n + column];
        dot += term;
        magnitude += Math.abs(term);
      }
      double expected = 0.5 * dot + 0.25 * old.array()[row * n + column];
      double error = Math.abs(single[row * n + column] - expected);
      assertTrue(error <= 1e-6 * magnitude, "[%d, %d] is off by %s".formatted(row, column, error));
    }
  }

  private static float[] product(int threads, FloatView a, FloatView b, FloatView old) {
    Backend backend = new OpenBlasProvider().create(threads);
    FloatView out = new FloatView(old.array().clone(), old.layout());
    backend.gemm(0.5, a, b, 0.25, out);
    return out.array();
  }

  private FloatView random(int rows, int columns) {
    float[] elements = new float[rows * columns];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = random.nextFloat() - 0.5f;
    }
    return new FloatView(elements, Layout.rowMajor(rows, columns));
  }
}
