package org.tapeloop.backend.vector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;
import org.tapeloop.autograd.spi.MatrixPacking.PackedMatrix;

/** Products where the conformance suite does not reach: every tile, every block, threads. */
@AtAvailableWidth
class ProductTest {
  @BeforeAll
  static void copyByVectors() {
    ColdStart.vectors = ColdStart.Vectors.ALWAYS;
  }

  @AfterAll
  static void copyAsCounted() {
    ColdStart.vectors = ColdStart.Vectors.AS_COUNTED;
  }

  private static final int[] ROWS = {1, 2, 3, 4, 5, 6, 7, 11, 13, 47, 48, 50, 145};

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everyTileAndRemainderIsRight(boolean single) {
    var backend = new VectorBackend(1);
    var random = new Random(7);
    for (int rows : ROWS) {
      for (int trial = 0; trial < 12; trial++) {
        int columns = 1 + random.nextInt(90);
        int inner = random.nextInt(70);
        check(backend, random, single, rows, columns, inner);
      }
    }
  }

  /** So many columns that rows are copied before, in tiles of all heights. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void rowsThatMeetManyColumnsAreRight(boolean single) {
    var backend = new VectorBackend(1);
    var random = new Random(9);
    for (int rows : new int[] {7, 8, 9, 10, 17, 20, 50, 64}) {
      for (int inner : new int[] {1, 15, 16, 17, 31, 70}) {
        check(backend, random, single, rows, 385 + random.nextInt(90), inner);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void severalBlocksOfTheInnerExtentAndOfColumnsAddUp(boolean single) {
    var backend = new VectorBackend(1);
    var random = new Random(8);
    for (int rows : new int[] {1, 7, 60, 150}) {
      check(backend, random, single, rows, 40, 2300);
      check(backend, random, single, rows, 1100, 20);
    }
  }

  /** So many rows that they are copied block by block, and tiles read the next block ahead. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void manyRowsAreRightBlockByBlock(boolean single) {
    var backend = new VectorBackend(1);
    var random = new Random(14);
    for (int rows : new int[] {145, 151, 300}) {
      for (int columns : new int[] {40, 96, 130, 200}) {
        for (int inner : new int[] {0, 1, 17, 300}) {
          check(backend, random, single, rows, columns, inner);
        }
      }
      check(backend, random, single, rows, 400, 1100);
      check(backend, random, Views.transposed(Views.random(random, single, 40, rows)), 130);
    }
    ArrayView row = Views.random(random, single, 60);
    ArrayView rowAgainAndAgain = row.with(Layout.strided(0, new int[] {300, 60}, new int[] {0, 1}));
    check(backend, random, rowAgainAndAgain, 100);
    ArrayView rows = Views.random(random, single, 300, 60);
    check(backend, random, Views.sliced(rows, 0, 299, -1, 300), 100);
  }

  /** Packed operands so large that tiles read ahead. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void tilesThatReadAheadAreRight(boolean single) {
    var backend = new VectorBackend(1);
    var random = new Random(10);
    for (int rows : new int[] {8, 9, 20, 50}) {
      for (int columns : new int[] {512, 700, 769}) {
        check(backend, random, single, rows, columns, 520);
      }
    }
  }

  /**
   * A matrix is packed in panels that suit rows in place, four to six vectors wide where columns
   * are not many; transposed rows are copied before they meet them.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void transposedRowsThatMeetPackedPanelsOfAnyWidthAreRight(boolean single) {
    var backend = new VectorBackend(1);
    var random = new Random(12);
    int lanes = single ? VectorWidth.FLOAT.length() : VectorWidth.DOUBLE.length();
    for (int rows : new int[] {2, 7, 12, 13}) {
      for (int vectors : new int[] {6, 8, 9, 21, 23}) {
        check(backend, random, transposedRows(random, single, rows, 100), vectors * lanes - 1);
      }
      // So large that tiles read ahead.
      check(backend, random, transposedRows(random, single, rows, 900), 21 * lanes);
    }
  }

  /** Tiles of transposed rows are copied in pairs, two steps at a time, where vectors are long. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void transposedRowsOfAnyNumberAreCopiedWhole(boolean single) {
    var backend = new VectorBackend(1);
    var random = new Random(13);
    int columns = 7 * VectorWidth.FLOAT.length();
    for (int rows : new int[] {8, 15, 16, 17, 24, 31, 32, 40, 50}) {
      for (int inner : new int[] {1, 2, 3, 16, 17, 31, 33, 1030}) {
        check(backend, random, transposedRows(random, single, rows, inner), columns);
      }
    }
  }

  private static ArrayView transposedRows(Random random, boolean single, int rows, int inner) {
    return Views.transposed(Views.random(random, single, inner, rows));
  }

  private static void check(
      VectorBackend backend, Random random, boolean single, int rows, int columns, int inner) {
    check(backend, random, Views.matrix(random, single, rows, inner), columns);
  }

  private static void check(VectorBackend backend, Random random, ArrayView a, int columns) {
    boolean single = a instanceof FloatView;
    int rows = a.layout().extent(0);
    int inner = a.layout().extent(1);
    ArrayView b = Views.matrix(random, single, inner, columns);
    ArrayView out = Views.matrix(random, single, rows, columns);
    ArrayView packedOut = out.allocate(rows, columns);
    double alpha = random.nextInt(3) == 0 ? 1 : random.nextGaussian();
    double beta = random.nextInt(2) == 0 ? 0 : random.nextGaussian();
    double[][] expected = new double[rows][columns];
    double[][] magnitude = new double[rows][columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        double sum = 0;
        double sizes = 0;
        for (int k = 0; k < inner; k++) {
          double product = Views.at(a, i, k) * Views.at(b, k, j);
          sum += product;
          sizes += Math.abs(product);
        }
        double old = Views.at(out, i, j);
        expected[i][j] = alpha * sum + beta * old;
        magnitude[i][j] = Math.abs(alpha) * sizes + Math.abs(beta * old);
        packedOut.set(i * columns + j, old);
        if (beta == 0) {
          // What is there must not be read.
          Layout layout = out.layout();
          out.set(layout.offset() + i * layout.stride(0) + j * layout.stride(1), Double.NaN);
          packedOut.set(i * columns + j, Double.NaN);
        }
      }
    }
    String what =
        rows
            + " x "
            + columns
            + " x "
            + inner
            + ", "
            + a.layout()
            + ", "
            + b.layout()
            + ", "
            + out.layout();
    backend.gemm(alpha, a, b, beta, out);
    compare(expected, magnitude, inner, single, out, "gemm " + what);
    backend.multiply(alpha, a, backend.pack(b, null), beta, packedOut);
    compare(expected, magnitude, inner, single, packedOut, "packed " + what);
  }

  private static void compare(
      double[][] expected,
      double[][] magnitude,
      int inner,
      boolean single,
      ArrayView out,
      String what) {
    double unit = single ? 0x1p-24 : 0x1p-53;
    for (int i = 0; i < expected.length; i++) {
      for (int j = 0; j < expected[i].length; j++) {
        double error = Math.abs(Views.at(out, i, j) - expected[i][j]);
        double bound = (inner + 8) * unit * magnitude[i][j] + Float.MIN_VALUE;
        assertTrue(
            error <= bound, what + " at " + i + ", " + j + ": error " + error + " over " + bound);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRowOfAPackedProductHasTheSameBitsWhateverTheOtherRows(boolean single) {
    var backend = new VectorBackend(1);
    var random = new Random(9);
    for (int columns : new int[] {5, 64, 83, 200}) {
      int inner = 900;
      ArrayView a = Views.random(random, single, 37, inner);
      PackedMatrix b = backend.pack(Views.random(random, single, inner, columns), null);
      ArrayView together = a.allocate(37, columns);
      backend.multiply(1, a, b, 0, together);
      ArrayView apart = a.allocate(37, columns);
      for (int from = 0, count = 1;
          from < 37;
          from += count, count = Math.min(count + 1, 37 - from)) {
        backend.multiply(
            1, Views.sliced(a, 0, from, 1, count), b, 0, Views.sliced(apart, 0, from, 1, count));
        if (from + count == 37) {
          break;
        }
      }
      assertArrayEquals(Views.bits(together), Views.bits(apart), columns + " columns");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void bitsDoNotDependOnTheNumberOfThreads(boolean single) {
    var random = new Random(10);
    // The last four: a part of few rows, one of fewer columns than a vector, and one of few columns
    // with transposed rows, which by themselves would be summed in another order; and columns that
    // do not come out even.
    int[][] shapes = {
      {300, 70, 500},
      {9, 3000, 310},
      {1, 5000, 1900},
      {200, 201, 203},
      {11, 200, 2001},
      {5, 259, 3301},
      {30, 512, 1500},
      {1217, 256, 90}
    };
    for (int[] shape : shapes) {
      ArrayView rows = Views.random(random, single, shape[0], shape[2]);
      ArrayView columns = Views.transposed(rows.with(Layout.rowMajor(shape[2], shape[0])));
      ArrayView weights = Views.random(random, single, shape[1], shape[2]);
      ArrayView b = weights.with(Layout.rowMajor(shape[2], shape[1]));
      assertSameBitsOfAnyThreads(rows, Views.transposed(weights));
      assertSameBitsOfAnyThreads(rows, b);
      assertSameBitsOfAnyThreads(columns, b);
    }
  }

  private static void assertSameBitsOfAnyThreads(ArrayView a, ArrayView b) {
    int[] extents = {a.layout().extent(0), b.layout().extent(1)};
    long[][] first = null;
    for (int threads = 1; threads <= 4; threads++) {
      var backend = new VectorBackend(threads);
      ArrayView plain = a.allocate(extents);
      backend.gemm(1, a, b, 0, plain);
      ArrayView packed = a.allocate(extents);
      backend.multiply(1, a, backend.pack(b, null), 0, packed);
      long[][] bits = {Views.bits(plain), Views.bits(packed)};
      first = first == null ? bits : first;
      assertArrayEquals(first, bits, threads + " threads");
    }
  }

  @Test
  void batchesWithOneRightOperandAreOneProduct() {
    var backend = new VectorBackend(2);
    var random = new Random(11);
    ArrayView a = Views.random(random, true, 4, 5, 30);
    ArrayView b = Views.random(random, true, 30, 20);
    ArrayView out = a.allocate(4, 5, 20);
    backend.gemm(1, a, b.with(b.layout().broadcastTo(4, 30, 20)), 0, out);
    ArrayView flat = a.allocate(20, 20);
    backend.gemm(1, a.with(Layout.rowMajor(20, 30)), b, 0, flat);
    assertArrayEquals(Views.bits(flat), Views.bits(out));
  }

  @Test
  void tilesReadAheadWithinTheArrayOnly() {
    int lanes = VectorWidth.FLOAT.length();
    int width = 2 * lanes;
    int rows = 2 * FloatLeft.IN_PLACE_ROWS;
    int depth = 5;
    var random = new Random(11);
    float[] a = numbers(random, rows * depth);
    float[] b = numbers(random, width * depth);
    float[] expected = new float[rows * width];
    timesOnePanel(a, rows, depth, b, expected, -1);
    for (int ahead = 0; ahead < b.length; ahead++) {
      float[] c = new float[rows * width];
      timesOnePanel(a, rows, depth, b, c, ahead);
      assertArrayEquals(expected, c);
    }
  }

  private static void timesOnePanel(
      float[] a, int rows, int depth, float[] b, float[] c, int ahead) {
    int lanes = VectorWidth.FLOAT.length();
    int width = 2 * lanes;
    var left = new FloatLeft();
    left.inPlace(a, 0, rows, depth, 1, rows);
    left.copy(FloatLeft.IN_PLACE_ROWS);
    if (ahead >= 0) {
      left.ahead.add(b, ahead, b.length);
    }
    left.times(1, b, 0, width, lanes, depth * width, 2, 1, 0, c, 0, width, lanes);
  }

  private static float[] numbers(Random random, int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  @Test
  void packingAgainReusesTheRoomOfTheSameExtentsOnly() {
    var backend = new VectorBackend(1);
    var random = new Random(12);
    PackedMatrix first = backend.pack(Views.random(random, true, 30, 20), null);
    assertEquals(first, backend.pack(Views.random(random, true, 30, 20), first));
    PackedMatrix other = backend.pack(Views.random(random, true, 20, 30), first);
    assertTrue(other != first && other.rows() == 20 && other.columns() == 30);
    assertTrue(backend.pack(Views.random(random, false, 30, 20), first) != first);
  }

  @Test
  void aMatrixPackedForTheOtherElementTypeIsRefused() {
    var backend = new VectorBackend(1);
    var random = new Random(13);
    PackedMatrix packed = backend.pack(Views.random(random, true, 3, 4), null);
    ArrayView a = Views.random(random, false, 2, 3);
    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> backend.multiply(1, a, packed, 0, a.allocate(2, 4)));
    assertTrue(refused.getMessage().contains("F64"), refused.getMessage());
  }
}
