package org.tapeloop.backend.vector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@AtAvailableWidth
class FloatTilesTest {
  private static final int LANES = VectorWidth.FLOAT.length();

  /** Such calls bring tiles to speed. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6})
  void aCallThatOnlyCountsStepsWritesNothing(int vectors) {
    int width = vectors * LANES;
    float[] a = filled(8 * VectorWidth.TILE_ROWS);
    float[] b = filled(8 * (width + 1));
    float[] c = filled(VectorWidth.TILE_ROWS * width);
    int highest = Math.min(8, 31 / vectors - 1);
    for (int rows = 1; rows <= highest; rows++) {
      // Copied, in place and with steps that are apart.
      count(rows, vectors, a, 1, VectorWidth.TILE_ROWS, b, width, c);
      count(rows, vectors, a, 8, 1, b, width, c);
      count(rows, vectors, a, 8, 1, b, width + 1, c);
    }
    assertArrayEquals(filled(c.length), c);
  }

  private static void count(
      int rows, int vectors, float[] a, int rs, int ks, float[] b, int ldb, float[] c) {
    int width = vectors * LANES;
    int last = width - LANES;
    FloatTiles.run(
        rows, vectors, -4, a, 0, rs, ks, b, 0, ldb, last, 1, 0, c, 0, width, last, b, 0, 1, 1);
  }

  /** Those that read ahead do the same besides, and read just what they are told to. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6})
  void aTileThatReadsAheadComputesTheSame(int vectors) {
    int highest = Math.min(8, 31 / vectors - 1);
    for (int rows = 1; rows <= highest; rows++) {
      for (int depth = 1; depth <= 6; depth++) {
        assertComputesTheSame(rows, vectors, depth, 1, VectorWidth.TILE_ROWS);
        assertComputesTheSame(rows, vectors, depth, depth, 1);
      }
    }
  }

  private static void assertComputesTheSame(int rows, int vectors, int depth, int rs, int ks) {
    int width = vectors * LANES;
    float[] a = numbers(rows * rs + depth * ks);
    float[] b = numbers(depth * width);
    float[] expected = numbers(rows * width);
    float[] c = expected.clone();
    float[] far = new float[2 * depth];
    for (int i = 0; i < far.length; i++) {
      far[i] = 1 << i;
    }
    int last = width - LANES;
    String what = rows + " x " + vectors + ", " + depth + " steps " + ks + " apart";
    float seen =
        FloatTiles.run(
            rows, vectors, depth, a, 0, rs, ks, b, 0, width, last, 2, 1, expected, 0, width, last,
            far, 0, 0, 0);
    assertEquals(0, seen, what);
    FloatTiles.assumeReady(rows, vectors, rs, ks);
    seen =
        FloatTiles.run(
            rows, vectors, depth, a, 0, rs, ks, b, 0, width, last, 2, 1, c, 0, width, last, far, 1,
            depth, 1 - depth);
    assertArrayEquals(expected, c, what);
    int read = 0;
    for (int i = 0; 2 * i < depth; i++) {
      read += 1 << (1 + i / 2 + i % 2 * depth);
    }
    assertEquals(read, seen, what);
  }

  private static float[] numbers(int length) {
    float[] numbers = new float[length];
    for (int i = 0; i < length; i++) {
      numbers[i] = 1f / (3 + i % 7) - 0.2f;
    }
    return numbers;
  }

  private static float[] filled(int length) {
    float[] numbers = new float[length];
    Arrays.fill(numbers, 3);
    return numbers;
  }
}
