package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.List;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.MatrixPacking;
import org.tapeloop.autograd.spi.MatrixPacking.PackedMatrix;
import org.tapeloop.autograd.spi.RowPrograms.RowKernel;

/**
 * A stage for step 0 of a frame whose memory stays where it is: every array, position and view of
 * its kernel calls is known beforehand, so that running it allocates no more than the kernels do.
 */
final class BoundStage {
  /** One kernel call. */
  @FunctionalInterface
  private interface Call {
    void run();
  }

  private final List<Call> calls = new ArrayList<>();

  /** Appends {@code out = x W}, or with beta 1 {@code out += x W}, W packed. */
  void addProduct(
      MatrixPacking packing,
      Frame frame,
      Location x,
      PackedMatrix matrix,
      double beta,
      Location out) {
    Object from = frame.array(x.buffer());
    int fromStart = frame.start(x, 0) + x.column();
    int fromStride = frame.rowStride(x.buffer());
    Object to = frame.array(out.buffer());
    int toStart = frame.start(out, 0) + out.column();
    int toStride = frame.rowStride(out.buffer());
    int rows = frame.batch();
    calls.add(
        () ->
            packing.multiplyRows(
                from,
                fromStart,
                fromStride,
                rows,
                matrix,
                beta,
                to,
                toStart,
                toStride,
                MatrixPacking.Upcoming.NOTHING));
  }

  /** Appends {@code out = x W}, or with beta 1 {@code out += x W}. */
  void addProduct(
      Backend backend, Frame frame, Location x, ArrayView matrix, double beta, Location out) {
    ArrayView from = frame.rows(x, 0, 0, frame.batch());
    ArrayView to = frame.rows(out, 0, 0, frame.batch());
    calls.add(() -> backend.gemm(1, from, matrix, beta, to));
  }

  /** Appends a row program. */
  void addProgram(RowKernel kernel, Frame frame, Location[] operands) {
    Object[] arrays = new Object[operands.length];
    int[] offsets = new int[operands.length];
    int[] strides = new int[operands.length];
    for (int k = 0; k < operands.length; k++) {
      arrays[k] = frame.array(operands[k].buffer());
      offsets[k] = frame.start(operands[k], 0);
      strides[k] = frame.rowStride(operands[k].buffer());
    }
    int rows = frame.batch();
    calls.add(() -> kernel.run(arrays, offsets, strides, rows));
  }

  void run() {
    for (int i = 0; i < calls.size(); i++) {
      calls.get(i).run();
    }
  }
}
