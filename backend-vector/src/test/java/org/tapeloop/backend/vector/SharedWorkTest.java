package org.tapeloop.backend.vector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.BiConsumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.Layout;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * Operands so large that work is shared: the bits of one thread at any number of them, and right.
 */
@AtAvailableWidth
class SharedWorkTest {
  private static final int ROWS = 517;
  private static final int COLUMNS = 611;

  /** Runs a kernel with 1 to 4 threads and returns its one result. */
  private static ArrayView sameBits(
      ArrayView like, int[] extents, BiConsumer<VectorBackend, ArrayView> kernel) {
    ArrayView first = like.allocate(extents);
    kernel.accept(new VectorBackend(1), first);
    for (int threads = 2; threads <= 4; threads++) {
      ArrayView out = like.allocate(extents);
      kernel.accept(new VectorBackend(threads), out);
      assertArrayEquals(Views.bits(first), Views.bits(out), threads + " threads");
    }
    return first;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void elementwise(boolean single) {
    var random = new Random(1);
    ArrayView x = Views.random(random, single, ROWS, COLUMNS);
    ArrayView row = Views.random(random, single, 1, COLUMNS);
    ArrayView column = Views.random(random, single, ROWS, 1);
    int[] extents = {ROWS, COLUMNS};
    ArrayView[] others = {
      row.with(row.layout().broadcastTo(extents)),
      column.with(column.layout().broadcastTo(extents)),
      Views.transposed(Views.random(random, single, COLUMNS, ROWS)),
      x
    };
    double unit = single ? 0x1p-23 : 0x1p-52;
    for (ArrayView other : others) {
      ArrayView sum =
          sameBits(x, extents, (backend, out) -> backend.binary(BinaryKernel.ADD, x, other, out));
      for (int i = 0; i < ROWS; i += 43) {
        for (int j = 0; j < COLUMNS; j++) {
          double expected = Views.at(x, i, j) + Views.at(other, i, j);
          double error = Math.abs(Views.at(sum, i, j) - expected);
          assertTrue(error <= unit * Math.abs(expected), other.layout() + " at " + i + ", " + j);
        }
      }
    }
    sameBits(x, extents, (backend, out) -> backend.unary(UnaryKernel.TANH, x, out));
    sameBits(x, extents, (backend, out) -> backend.unary(UnaryKernel.SIN, x, out));
    sameBits(x, extents, (backend, out) -> backend.select(x, others[0], others[2], out));
    ArrayView copy = sameBits(x, extents, (backend, out) -> backend.copy(others[2], out));
    for (int i = 0; i < ROWS; i++) {
      for (int j = 0; j < COLUMNS; j += 17) {
        assertTrue(Views.at(copy, i, j) == Views.at(others[2], i, j), i + ", " + j);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void reductionsAlongEachAxis(boolean single) {
    ArrayView x = Views.random(new Random(2), single, 23, 67, 311);
    int[][] results = {
      {1, 67, 311}, {23, 1, 311}, {23, 67, 1}, {1, 1, 311}, {1, 67, 1}, {23, 1, 1}, {1, 1, 1}
    };
    double unit = single ? 0x1p-23 : 0x1p-52;
    for (int[] extents : results) {
      for (ReduceKernel kernel : ReduceKernel.values()) {
        ArrayView out = sameBits(x, extents, (backend, to) -> backend.reduce(kernel, x, to));
        if (kernel != ReduceKernel.SUM) {
          continue;
        }
        double[] sums = new double[out.layout().size()];
        double[] sizes = new double[sums.length];
        Layout strides = out.layout().broadcastTo(23, 67, 311);
        for (int i = 0; i < x.layout().size(); i++) {
          int to =
              i / (67 * 311) * strides.stride(0)
                  + i / 311 % 67 * strides.stride(1)
                  + i % 311 * strides.stride(2);
          sums[to] += x.get(i);
          sizes[to] += Math.abs(x.get(i));
        }
        for (int i = 0; i < sums.length; i++) {
          double error = Math.abs(out.get(i) - sums[i]);
          assertTrue(
              error <= 32 * unit * sizes[i], extents[0] + " " + extents[1] + " " + extents[2]);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void rowsOfSoftmaxAndRunningSums(boolean single) {
    ArrayView x = Views.random(new Random(3), single, ROWS, COLUMNS);
    int[] extents = {ROWS, COLUMNS};
    ArrayView soft = sameBits(x, extents, (backend, out) -> backend.softmax(x, out));
    for (int i = 0; i < ROWS; i++) {
      double sum = 0;
      for (int j = 0; j < COLUMNS; j++) {
        sum += Views.at(soft, i, j);
      }
      assertTrue(Math.abs(sum - 1) <= 1e-5, "row " + i + " sums to " + sum);
    }
    sameBits(x, extents, (backend, out) -> backend.logSoftmax(x, out));
    for (int axis = 0; axis < 2; axis++) {
      int along = axis;
      sameBits(x, extents, (backend, out) -> backend.cumulativeSum(x, along, out));
    }
  }
}
