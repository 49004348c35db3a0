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
      gemm(alpha, a, offset(a), b, offset(b), beta, out, offset(out), layout.extent(0), workers);
      return;
    }
    if (layout.size() == 0) {
      return;
    }
    if (sharesRight(a.layout(), b.layout(), layout)) {
      int rows = ReducePlan.count(layout.extents(), batchAxes + 1);
      gemm(alpha, a, offset(a), b, offset(b), beta, out, offset(out), rows, workers);
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
            gemm(
                alpha,
                a,
                offset(a) + ReducePlan.position(batch, extents, strides[0], batchAxes),
                b,
                offset(b) + ReducePlan.position(batch, extents, strides[1], batchAxes),
                beta,
                out,
                offset(out) + ReducePlan.position(batch, extents, strides[2], batchAxes),
                layout.extent(batchAxes),
                within ? workers : Workers.CALLER);
          }
        });
  }

  private static int offset(FloatView view) {
    return view.layout().offset();
  }

  /**
   * A product of the last two axes of views, from positions of their arrays on.
   *
   * @param rows of a and out, which may be those of all axes but the last
   */
  private static void gemm(
      float alpha,
      FloatView a,
      int ao,
      FloatView b,
      int bo,
      float beta,
      FloatView out,
      int oo,
      int rows,
      Workers workers) {
    Layout left = a.layout();
    Layout right = b.layout();
    Layout result = out.layout();
    int row = result.rank() - 2;
    int column = row + 1;
    FloatGemm.gemm(
        alpha,
        a.array(),
        ao,
        left.stride(row),
        left.stride(column),
        b.array(),
        bo,
        right.stride(row),
        right.stride(column),
        beta,
        out.array(),
        oo,
        result.stride(row),
        result.stride(column),
        rows,
        result.extent(column),
        left.extent(column),
        workers);
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
}
