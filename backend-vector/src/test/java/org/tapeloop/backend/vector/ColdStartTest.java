package org.tapeloop.backend.vector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;

/** Copies by vectors and element by element are the same. */
@AtAvailableWidth
class ColdStartTest {
  private final Random random = new Random(4);

  @AfterEach
  void asCounted() {
    ColdStart.vectors = ColdStart.Vectors.AS_COUNTED;
  }

  private static FloatView view(float[] array, int rows, int columns, boolean transposed) {
    int[] strides = transposed ? new int[] {1, rows} : new int[] {columns, 1};
    return new FloatView(array, Layout.strided(0, new int[] {rows, columns}, strides));
  }

  private float[] numbers(int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  @ParameterizedTest
  @CsvSource({
    "50, 520, 130, false, true", "20, 800, 33, false, true", "64, 400, 70, false, false",
    "128, 300, 200, true, false", "33, 100, 77, true, true", "9, 600, 16, true, false"
  })
  void productsHaveTheSameBits(
      int rows, int columns, int depth, boolean transposed, boolean transposedWeights) {
    var backend = new VectorBackend(1);
    FloatView a = view(numbers(rows * depth), rows, depth, transposed);
    FloatView b = view(numbers(depth * columns), depth, columns, transposedWeights);
    float[][] results = new float[2][rows * columns];
    for (ColdStart.Vectors vectors : ColdStart.Vectors.values()) {
      ColdStart.vectors = vectors;
      int at = vectors == ColdStart.Vectors.ALWAYS ? 1 : 0;
      backend.gemm(1, a, b, 0, view(results[at], rows, columns, false));
    }
    assertArrayEquals(results[1], results[0]);
  }

  @Test
  void oneCopyInSixteenIsByVectorsUntilThereWereEnough() {
    var start = new ColdStart();
    for (int i = 1; i <= 160; i++) {
      assertEquals(i % 16 == 0, start.byVectors(100), "copy " + i);
    }
    for (int i = 0; i < 16 * 200; i++) {
      start.byVectors(100);
    }
    for (int i = 0; i < 20; i++) {
      assertEquals(true, start.byVectors(100), "copy " + i);
    }
  }
}
