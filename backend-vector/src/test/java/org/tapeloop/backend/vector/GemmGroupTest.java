package org.tapeloop.backend.vector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tapeloop.autograd.spi.ArrayView;

/** Products of one transposed left operand, beyond the sizes of the conformance suite. */
@AtAvailableWidth
class GemmGroupTest {
  /** Rows that fit one block of copies or two, and columns that are packed in one piece or two. */
  @ParameterizedTest
  @CsvSource({"2400, 96, 1024", "2800, 96, 1024", "40, 1100, 30", "700, 200, 40"})
  void theyHaveTheBitsOfProductsOneByOne(int rows, int columns, int depth) {
    var random = new Random(rows);
    for (int threads : new int[] {1, 3}) {
      var backend = new VectorBackend(threads);
      ArrayView a = Views.transposed(Views.random(random, true, depth, rows));
      List<ArrayView> b = pair(random, depth, columns);
      List<ArrayView> together = pair(random, rows, columns);
      backend.gemm(1, a, b, 0, together);
      for (int i = 0; i < 2; i++) {
        ArrayView alone = a.allocate(rows, columns + i);
        backend.gemm(1, a, b.get(i), 0, alone);
        assertArrayEquals(Views.bits(alone), Views.bits(together.get(i)), "product " + i);
      }
    }
  }

  /** Matrices of the same rows, the second a column wider. */
  private static List<ArrayView> pair(Random random, int rows, int columns) {
    return List.of(
        Views.random(random, true, rows, columns), Views.random(random, true, rows, columns + 1));
  }
}
