package org.tapeloop.backend.vector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

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

  private static float[] filled(int length) {
    float[] numbers = new float[length];
    Arrays.fill(numbers, 3);
    return numbers;
  }
}
