package org.tapeloop.backend.vector;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.RowProgram;
import org.tapeloop.autograd.spi.RowProgram.Binary;
import org.tapeloop.autograd.spi.RowProgram.Reduce;
import org.tapeloop.autograd.spi.RowProgram.Slot;
import org.tapeloop.autograd.spi.RowProgram.Unary;
import org.tapeloop.autograd.spi.RowPrograms.RowKernel;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * Softmax and its logarithm along the last axis, as row programs over a few rows at a time: those
 * stay in cache from the largest element to the scaling. Bound by the exponential. Split among
 * threads by rows.
 */
final class FloatSoftmax {
  /** Elements worked on at a time: 64 KiB. */
  private static final int TILE = 1 << 14;

  /** Row lengths whose programs are kept; a network has a few. */
  private static final int LENGTHS = 64;

  private static final Map<Integer, RowKernel> PLAIN = new ConcurrentHashMap<>();
  private static final Map<Integer, RowKernel> LOGARITHM = new ConcurrentHashMap<>();

  private FloatSoftmax() {}

  static void softmax(FloatView x, FloatView out, boolean logarithm, Workers workers) {
    int size = out.layout().size();
    if (size == 0) {
      return;
    }
    if (rowStride(x.layout()) < 0) {
      FloatView dense = x.allocate(x.layout().extents());
      FloatElementwise.copy(x, dense, workers);
      softmax(dense, out, logarithm, workers);
      return;
    }
    if (rowStride(out.layout()) < 0) {
      FloatView dense = x.allocate(x.layout().extents());
      softmax(x, dense, logarithm, workers);
      FloatElementwise.copy(dense, out, workers);
      return;
    }
    int length = out.layout().extent(out.layout().rank() - 1);
    RowKernel kernel = logarithm ? kernel(LOGARITHM, true, length) : kernel(PLAIN, false, length);
    int rows = size / length;
    int parts =
        size < FloatElementwise.WORTH_SHARING / 4 ? 1 : Math.min(rows, 2 * workers.threads());
    workers.run(
        parts,
        i ->
            rows(
                kernel,
                x,
                out,
                (int) ((long) rows * i / parts),
                (int) ((long) rows * (i + 1) / parts),
                Math.max(1, TILE / length)));
  }

  private static void rows(
      RowKernel kernel, FloatView x, FloatView out, int from, int to, int height) {
    Object[] arrays = {x.array(), out.array()};
    int[] strides = {rowStride(x.layout()), rowStride(out.layout())};
    int[] offsets = new int[2];
    for (int row = from; row < to; row += height) {
      offsets[0] = x.layout().offset() + row * strides[0];
      offsets[1] = out.layout().offset() + row * strides[1];
      kernel.run(arrays, offsets, strides, Math.min(height, to - row));
    }
  }

  /** From one row to the next where all are as far apart and dense in themselves, else -1. */
  private static int rowStride(Layout layout) {
    int last = layout.rank() - 1;
    if (layout.extent(last) > 1 && layout.stride(last) != 1) {
      return -1;
    }
    int stride = -1;
    int next = 0;
    for (int axis = last - 1; axis >= 0; axis--) {
      if (layout.extent(axis) == 1) {
        continue;
      }
      if (stride < 0) {
        stride = layout.stride(axis);
        if (stride < 0) {
          return -1;
        }
        next = stride;
      }
      if (layout.stride(axis) != next) {
        return -1;
      }
      next *= layout.extent(axis);
    }
    return Math.max(stride, 0);
  }

  private static RowKernel kernel(Map<Integer, RowKernel> kernels, boolean logarithm, int length) {
    if (kernels.size() > LENGTHS) {
      kernels.clear();
    }
    return kernels.computeIfAbsent(
        length, n -> FloatRowPlan.prepare(logarithm ? logSoftmax(n) : softmax(n)));
  }

  private static RowProgram softmax(int length) {
    Slot x = new Slot(false, 0, 0, length);
    Slot y = new Slot(false, 1, 0, length);
    Slot number = new Slot(true, 0, 0, 1);
    return new RowProgram(
        2,
        List.of(1),
        List.of(
            new Reduce(ReduceKernel.MAX, x, number),
            new Binary(BinaryKernel.SUB, x, number, y),
            new Unary(UnaryKernel.EXP, y, y),
            new Reduce(ReduceKernel.SUM, y, number),
            new Binary(BinaryKernel.DIV, y, number, y)));
  }

  private static RowProgram logSoftmax(int length) {
    Slot x = new Slot(false, 0, 0, length);
    Slot y = new Slot(false, 1, 0, length);
    Slot number = new Slot(true, 0, 0, 1);
    Slot exponentials = new Slot(true, 1, 0, length);
    return new RowProgram(
        2,
        List.of(1, length),
        List.of(
            new Reduce(ReduceKernel.MAX, x, number),
            new Binary(BinaryKernel.SUB, x, number, y),
            new Unary(UnaryKernel.EXP, y, exponentials),
            new Reduce(ReduceKernel.SUM, exponentials, number),
            new Unary(UnaryKernel.LOG, number, number),
            new Binary(BinaryKernel.SUB, y, number, y)));
  }
}
