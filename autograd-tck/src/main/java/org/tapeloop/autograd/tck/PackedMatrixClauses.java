package org.tapeloop.autograd.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.MatrixPacking;
import org.tapeloop.autograd.spi.MatrixPacking.PackedMatrix;
import org.tapeloop.autograd.spi.MatrixPacking.Upcoming;

/** Section 7 of the contract, for backends with the capability: {@link MatrixPacking}. */
class PackedMatrixClauses extends ClauseGroup {
  private static final int[][] SHAPES = {
    {1, 1, 1},
    {1, 17, 9},
    {1, 129, 65},
    {5, 1, 9},
    {2, 3, 4},
    {5, 31, 33},
    {6, 64, 64},
    {7, 65, 40},
    {20, 96, 100},
    {50, 48, 17},
    {33, 130, 131},
    {64, 16, 300},
    {12, 80, 1030}
  };

  PackedMatrixClauses(IntFunction<Backend> factory) {
    super(factory);
  }

  @Clause("7.1")
  void aPackedMatrixKnowsItsExtents() {
    MatrixPacking packing = packing(1);
    for (Precision precision : Precision.values()) {
      for (int[] s : SHAPES) {
        var prepared = dense(Kernels.gemm(1, 0, s[0], s[1], s[2]), precision);
        PackedMatrix packed = packing.pack(prepared.operands()[1].view(), null);
        assertEquals(s[2], packed.rows(), "rows");
        assertEquals(s[1], packed.columns(), "columns");
      }
    }
  }

  @Clause("7.2")
  void productsWithPackedMatricesObeyTheRulesOfGemm() {
    for (int[] s : SHAPES) {
      verifyPacked(Kernels.packedGemm(1, 0, s[0], s[1], s[2]).over(Values.constant(Double.NaN)));
      verifyPacked(Kernels.packedGemm(1, 1, s[0], s[1], s[2]));
      verifyPacked(Kernels.packedGemm(-0.5, 0.7, s[0], s[1], s[2]));
    }
    verifyPacked(Kernels.packedGemm(1, 0, 0, 17, 5));
    verifyPacked(Kernels.packedGemm(1, 0, 5, 0, 17));
    verifyPacked(Kernels.packedGemm(1, 0, 5, 17, 0));
    verifyPacked(Kernels.packedGemm(1, 0.5, 5, 17, 0));
    Values withNan = Values.NORMAL.with(40, Double.NaN);
    verifyPacked(Kernels.packedGemm(1, 0, 7, 19, 10).on(withNan, Values.NORMAL));
    verifyPacked(Kernels.packedGemm(1, 0, 7, 19, 10).on(Values.NORMAL, withNan));
  }

  private void verifyPacked(KernelCase product) {
    packing(2);
    verify(product);
  }

  @Clause("7.3")
  void anyStridesMayBePackedAndMultiplied() {
    packing(2);
    for (Arrangement operands : Arrangement.values()) {
      verify(Kernels.packedGemm(1, 0, 5, 19, 8), operands, Arrangement.DENSE);
      verify(Kernels.packedGemm(1, 0, 20, 70, 50), operands, Arrangement.DENSE);
    }
    for (Arrangement out : Arrangement.WRITABLE) {
      KernelCase gemm = Kernels.packedGemm(1, 0.5, 9, 35, 8);
      verify(gemm, Arrangement.DENSE, out);
      verifyNothingElseChanges(gemm, Arrangement.DENSE, out);
    }
  }

  private void verifyNothingElseChanges(KernelCase product, Arrangement operands, Arrangement out) {
    Backend backend = backend(2);
    for (Precision precision : Precision.values()) {
      check(
          product,
          precision,
          operands,
          out,
          prepared -> {
            prepared.run(backend);
            int position = prepared.out().firstChangeOutside();
            return position < 0 ? null : "position " + position + " outside out changed";
          });
    }
  }

  @Clause("7.4")
  void laterChangesOfTheMatrixDoNotShow() {
    for (Precision precision : Precision.values()) {
      MatrixPacking packing = packing(2);
      for (int[] s : SHAPES) {
        var prepared = dense(Kernels.gemm(1, 0, s[0], s[1], s[2]), precision);
        Expected expected = prepared.expected();
        TestArray b = prepared.operands()[1];
        PackedMatrix packed = packing.pack(b.view(), null);
        b.store(new double[s[1] * s[2]]);
        packing.multiply(1, prepared.operands()[0].view(), packed, 0, prepared.out().view());
        assertNull(expected.firstError(precision, prepared.out().elements()));
      }
    }
  }

  @Clause("7.5")
  void anEarlierPackedMatrixIsOverwritten() {
    for (Precision precision : Precision.values()) {
      MatrixPacking packing = packing(2);
      for (int[] s : SHAPES) {
        var prepared = dense(Kernels.gemm(1, 0, s[0], s[1], s[2]), precision);
        TestArray b = prepared.operands()[1];
        PackedMatrix packed = packing.pack(b.view(), null);
        b.store(Arrays.stream(b.elements()).map(x -> x + 1).toArray());
        packed = packing.pack(b.view(), packed);
        assertEquals(s[2], packed.rows(), "rows");
        assertEquals(s[1], packed.columns(), "columns");
        Expected expected = prepared.expected();
        packing.multiply(1, prepared.operands()[0].view(), packed, 0, prepared.out().view());
        assertNull(expected.firstError(precision, prepared.out().elements()));
      }
    }
  }

  @Clause("7.6")
  void theNumberOfThreadsDoesNotChangeABit() {
    for (int[] s : List.of(new int[] {20, 200, 100}, new int[] {131, 67, 129}, SHAPES[2])) {
      KernelCase gemm = Kernels.packedGemm(0.5, 0.5, s[0], s[1], s[2]);
      for (Precision precision : Precision.values()) {
        double[] single = null;
        for (int threads = 1; threads <= MOST_THREADS; threads++) {
          packing(threads);
          var prepared = dense(gemm, precision);
          prepared.run(backend(threads));
          double[] now = prepared.out().elements();
          if (single != null && Arrays.mismatch(single, now) >= 0) {
            fail(gemm.name() + " " + precision + ": differs on " + threads + " threads");
          }
          single = now;
        }
      }
    }
  }

  @Clause("7.7")
  void rowsMayStandAnywhereInTheirArrays() {
    packing(2);
    for (int[] s : SHAPES) {
      verify(Kernels.packedRows(0, s[0], s[1], s[2]).over(Values.constant(Double.NaN)));
      verify(Kernels.packedRows(0.7, s[0], s[1], s[2]));
    }
    verify(Kernels.packedRows(1, 5, 17, 0));
    for (Arrangement rows :
        List.of(Arrangement.INSET, Arrangement.PADDED, Arrangement.FLIPPED_ROWS)) {
      for (int[] s : SHAPES) {
        KernelCase product = Kernels.packedRows(1, s[0], s[1], s[2]);
        verify(product, rows, rows);
        verifyNothingElseChanges(product, rows, rows);
      }
    }
    verify(Kernels.packedRows(1, 9, 35, 8), Arrangement.STRETCHED_ROWS, Arrangement.PADDED);
  }

  @Clause("7.8")
  void aRowHasTheSameBitsInAnyCompany() {
    MatrixPacking packing = packing(2);
    for (Precision precision : Precision.values()) {
      for (int[] s : List.of(new int[] {20, 67, 129}, new int[] {13, 200, 1030})) {
        var together = dense(Kernels.packedGemm(1, 0.5, s[0], s[1], s[2]), precision);
        ArrayView a = together.operands()[0].view();
        PackedMatrix packed = packing.pack(together.operands()[1].view(), null);
        ArrayView apart = together.out().view().allocate(s[0], s[1]);
        backend(1).copy(together.out().view(), apart);
        packing.multiply(1, a, packed, 0.5, together.out().view());
        for (int from = 0, count = 1; from < s[0]; from += count, count++) {
          int rows = Math.min(count, s[0] - from);
          packing.multiply(1, rows(a, from, rows), packed, 0.5, rows(apart, from, rows));
        }
        double[] expected = together.out().elements();
        for (int i = 0; i < expected.length; i++) {
          if (Double.compare(expected[i], apart.get(i)) != 0) {
            fail("%s: row %d has other bits alone".formatted(precision, i / s[1]));
          }
        }
      }
    }
  }

  @Clause("7.9")
  void aColumnHasTheSameBitsInAnyCompany() {
    MatrixPacking packing = packing(2);
    for (Precision precision : Precision.values()) {
      for (int[] s : List.of(new int[] {7, 197, 129}, new int[] {1, 300, 1030})) {
        var together = dense(Kernels.packedGemm(1, 0.5, s[0], s[1], s[2]), precision);
        ArrayView a = together.operands()[0].view();
        ArrayView b = together.operands()[1].view();
        ArrayView apart = together.out().view().allocate(s[0], s[1]);
        backend(1).copy(together.out().view(), apart);
        packing.multiply(1, a, packing.pack(b, null), 0.5, together.out().view());
        for (int from = 0, width = 64; from < s[1]; from += width) {
          int columns = Math.min(width, s[1] - from);
          PackedMatrix part = packing.pack(columns(b, from, columns), null);
          packing.multiply(1, a, part, 0.5, columns(apart, from, columns));
        }
        double[] expected = together.out().elements();
        for (int i = 0; i < expected.length; i++) {
          if (Double.compare(expected[i], apart.get(i)) != 0) {
            fail("%s: column %d has other bits alone".formatted(precision, i % s[1]));
          }
        }
      }
    }
  }

  @Clause("7.10")
  void whatComesNextChangesNothing() {
    MatrixPacking packing = packing(1);
    for (Precision precision : Precision.values()) {
      for (int[] s : List.of(new int[] {1, 40, 30}, new int[] {5, 67, 129}, SHAPES[2])) {
        KernelCase product = Kernels.packedRows(0.5, s[0], s[1], s[2]);
        var prepared = dense(product, precision);
        prepared.run(backend(1));
        var once = dense(product, precision);
        var next = new Later();
        Object a = Kernels.arrayOf(once.operands()[0].view());
        PackedMatrix packed = packing.pack(once.operands()[1].view(), null);
        Object out = Kernels.arrayOf(once.out().view());
        int from = once.out().view().layout().offset();
        int start = once.operands()[0].view().layout().offset();
        packing.multiplyRows(a, start, s[2], s[0], packed, 0.5, out, from, s[1], next);
        assertArrayEquals(prepared.out().elements(), once.out().elements(), product.name());
        next.assertUnchanged();
      }
    }
  }

  /** Parts of arrays of any type: none of it, all of it, and more than there is. */
  private static final class Later implements Upcoming {
    private final float[] floats = new float[5000];
    private final double[] doubles = new double[3000];
    private final int[] indices = new int[10];
    private final List<Object> arrays =
        List.of(floats, doubles, indices, floats, new float[0], floats, doubles);
    private final int[] starts = {17, 0, 3, 4999, 0, 5000, 9000};
    private final int[] lengths = {4000, 3000, 0, 100, 70, 4000, 4000};

    Later() {
      Arrays.fill(floats, 3);
      Arrays.fill(doubles, 5);
      Arrays.fill(indices, 7);
    }

    void assertUnchanged() {
      for (float each : floats) {
        assertEquals(3, each, "of what comes next");
      }
      for (double each : doubles) {
        assertEquals(5, each, "of what comes next");
      }
      for (int each : indices) {
        assertEquals(7, each, "of what comes next");
      }
    }

    @Override
    public int parts() {
      return lengths.length;
    }

    @Override
    public Object array(int part) {
      return arrays.get(part);
    }

    @Override
    public int start(int part) {
      return starts[part];
    }

    @Override
    public int length(int part) {
      return lengths[part];
    }
  }

  private static ArrayView columns(ArrayView matrix, int from, int count) {
    return matrix.with(matrix.layout().slice(1, from, 1, count));
  }

  private static ArrayView rows(ArrayView matrix, int from, int count) {
    return matrix.with(matrix.layout().slice(0, from, 1, count));
  }

  private MatrixPacking packing(int threads) {
    @Nullable MatrixPacking packing = backend(threads).matrixPacking().orElse(null);
    assumeTrue(packing != null, "the backend has no packed matrices");
    return Objects.requireNonNull(packing);
  }

  private static KernelCase.Prepared dense(KernelCase kernel, Precision precision) {
    return kernel.prepare(precision, Arrangement.DENSE, Arrangement.DENSE);
  }
}
