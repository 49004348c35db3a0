package org.tapeloop.autograd.spi;

/** The default kernels of {@link Backend}, composed from its other kernels. */
final class RowKernels {
  private RowKernels() {}

  static void softmax(Backend backend, ArrayView x, ArrayView out) {
    ArrayView row = shifted(backend, x, out);
    backend.unary(UnaryKernel.EXP, out, out);
    backend.reduce(ReduceKernel.SUM, out, row);
    backend.binary(BinaryKernel.DIV, out, stretched(row, out), out);
  }

  static void logSoftmax(Backend backend, ArrayView x, ArrayView out) {
    ArrayView row = shifted(backend, x, out);
    ArrayView exponentials = out.allocate(out.layout().extents());
    backend.unary(UnaryKernel.EXP, out, exponentials);
    backend.reduce(ReduceKernel.SUM, exponentials, row);
    backend.unary(UnaryKernel.LOG, row, row);
    backend.binary(BinaryKernel.SUB, out, stretched(row, out), out);
  }

  static void cumulativeSum(Backend backend, ArrayView x, int axis, ArrayView out) {
    int length = out.layout().extent(axis);
    for (int i = 0; i < length; i++) {
      ArrayView from = x.with(x.layout().select(axis, i));
      ArrayView to = out.with(out.layout().select(axis, i));
      if (i == 0) {
        backend.copy(from, to);
      } else {
        ArrayView before = out.with(out.layout().select(axis, i - 1));
        backend.binary(BinaryKernel.ADD, before, from, to);
      }
    }
  }

  /** Writes x minus its row maximum into out and returns a scratch array with one element a row. */
  private static ArrayView shifted(Backend backend, ArrayView x, ArrayView out) {
    int[] extents = x.layout().extents();
    extents[extents.length - 1] = 1;
    ArrayView row = x.allocate(extents);
    backend.reduce(ReduceKernel.MAX, x, row);
    backend.binary(BinaryKernel.SUB, x, stretched(row, x), out);
    return row;
  }

  private static ArrayView stretched(ArrayView row, ArrayView like) {
    return row.with(row.layout().broadcastTo(like.layout().extents()));
  }
}
