package org.tapeloop.backend.vector;

import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;

/** Products of matrices along leading batch axes. */
final class FloatBatchedGemm {
  private FloatBatchedGemm() {}

  static void gemm(
      float alpha, FloatView a, FloatView b, float beta, FloatView out, Workers workers) {
    Layout layout = out.layout();
    int batchAxes = layout.rank() - 2;
    if (batchAxes == 0) {
      FloatGemm.gemm(
          alpha, FloatMatrix.of(a), FloatMatrix.of(b), beta, FloatMatrix.of(out), workers);
      return;
    }
    if (layout.size() == 0) {
      return;
    }
    if (sharesRight(a.layout(), b.layout(), layout)) {
      FloatGemm.gemm(alpha, tall(a), FloatMatrix.of(b), beta, tall(out), workers);
      return;
    }
    int[] extents = layout.extents();
    int batches = ReducePlan.count(extents, batchAxes);
    int[][] strides = new int[3][batchAxes];
    for (int axis = 0; axis < batchAxes; axis++) {
      strides[0][axis] = a.layout().stride(axis);
      strides[1][axis] = b.layout().stride(axis);
      strides[2][axis] = layout.stride(axis);
    }
    int parts =
        Math.min(
            batches, FloatGemm.parts(layout.size(), 1, a.layout().extent(batchAxes + 1), workers));
    boolean within = parts < workers.threads();
    workers.run(
        within ? 1 : parts,
        i -> {
          int from = within ? 0 : (int) ((long) batches * i / parts);
          int to = within ? batches : (int) ((long) batches * (i + 1) / parts);
          for (int batch = from; batch < to; batch++) {
            FloatGemm.gemm(
                alpha,
                at(a, batch, extents, strides[0]),
                at(b, batch, extents, strides[1]),
                beta,
                at(out, batch, extents, strides[2]),
                within ? workers : Workers.CALLER);
          }
        });
  }

  private static FloatMatrix at(FloatView view, int batch, int[] extents, int[] strides) {
    int offset = ReducePlan.position(batch, extents, strides, strides.length);
    return FloatMatrix.at(view, view.layout().offset() + offset);
  }

  /**
   * Whether all products have one right operand and the left ones and outputs lie as the rows of
   * one matrix.
   */
  private static boolean sharesRight(Layout a, Layout b, Layout out) {
    for (int axis = 0; axis < out.rank() - 2; axis++) {
      if (out.extent(axis) != 1 && b.stride(axis) != 0) {
        return false;
      }
    }
    return rowsAreEven(a) && rowsAreEven(out);
  }

  private static boolean rowsAreEven(Layout layout) {
    int row = layout.rank() - 2;
    int span = layout.stride(row) * layout.extent(row);
    for (int axis = row - 1; axis >= 0; axis--) {
      if (layout.extent(axis) != 1 && layout.stride(axis) != span) {
        return false;
      }
      span *= layout.extent(axis);
    }
    return true;
  }

  /** All axes but the last as rows. */
  private static FloatMatrix tall(FloatView view) {
    FloatMatrix last = FloatMatrix.of(view);
    int rows = ReducePlan.count(view.layout().extents(), view.layout().rank() - 1);
    return new FloatMatrix(
        last.array(), last.offset(), rows, last.columns(), last.rowStride(), last.columnStride());
  }
}
