package org.tapeloop.backend.vector;

import java.util.List;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;

/**
 * Products of one transposed left operand, such as the gradients of two weights that one cotangent
 * has: each block of its rows is copied once for all of them.
 *
 * <p>Copying is bound by memory, and took 5 % of the time of a training step of an LSTM. Bits are
 * those of {@link FloatGemm}, for blocks of the inner extent are the same.
 */
final class FloatGemmGroup {
  private static final int LANES = VectorWidth.FLOAT.length();

  private final float alpha;
  private final FloatView a;
  private final List<ArrayView> b;
  private final float beta;
  private final List<ArrayView> out;

  private FloatGemmGroup(
      float alpha, FloatView a, List<ArrayView> b, float beta, List<ArrayView> out) {
    this.alpha = alpha;
    this.a = a;
    this.b = b;
    this.beta = beta;
    this.out = out;
  }

  /** {@code out_i = alpha * a b_i + beta * out_i} for matrices. */
  static void gemm(
      float alpha,
      FloatView a,
      List<ArrayView> b,
      float beta,
      List<ArrayView> out,
      Workers workers) {
    var group = new FloatGemmGroup(alpha, a, b, beta, out);
    if (group.shareCopies()) {
      group.run(workers);
    } else {
      for (int i = 0; i < b.size(); i++) {
        FloatBatchedGemm.gemm(
            alpha, a, (FloatView) b.get(i), beta, (FloatView) out.get(i), workers);
      }
    }
  }

  private int rows() {
    return a.layout().extent(0);
  }

  private int depth() {
    return a.layout().extent(1);
  }

  private int columns(int i) {
    return b.get(i).layout().extent(1);
  }

  /** Whether all products would copy the same rows in the same way, all of them in one block. */
  private boolean shareCopies() {
    int step = FloatGemm.depthStep(depth());
    boolean copied =
        depth() > 0
            && a.layout().stride(1) != 1
            && rows() > FloatGemm.FEW_ROWS
            && rows() <= FloatPanelProduct.copiedTogether(step);
    for (int i = 0; i < b.size(); i++) {
      copied &=
          columns(i) <= FloatGemm.COLUMNS
              && ColumnPanels.copiesTransposed(rows(), columns(i), LANES)
              && out.get(i).layout().stride(1) == 1;
    }
    return copied;
  }

  /** Threads share the rows, so that each copies its own. */
  private void run(Workers workers) {
    int columns = 0;
    for (int i = 0; i < b.size(); i++) {
      columns += columns(i);
    }
    int parts = FloatGemm.parts(rows(), columns, depth(), workers);
    int height = FloatGemm.roundUp((rows() + parts - 1) / parts, VectorWidth.TILE_ROWS);
    int count = (rows() + height - 1) / height;
    if (count == 1) {
      part(0, rows());
    } else {
      workers.run(count, i -> part(i * height, Math.min(height, rows() - i * height)));
    }
  }

  private void part(int row, int count) {
    FloatScratch scratch = FloatScratch.ofThread();
    int step = FloatGemm.depthStep(depth());
    for (int k = 0; k < depth(); k += step) {
      for (int i = 0; i < b.size(); i++) {
        product(i, row, count, k, step, scratch);
      }
    }
  }

  private void product(int i, int row, int count, int k, int step, FloatScratch scratch) {
    Layout left = a.layout();
    FloatView right = (FloatView) b.get(i);
    FloatView to = (FloatView) out.get(i);
    Layout at = right.layout();
    ColumnPanels panels = scratch.panels(columns(i), step, true);
    FloatPanelProduct.run(
        alpha,
        a.array(),
        left.offset() + row * left.stride(0) + k * left.stride(1),
        count,
        left.stride(0),
        left.stride(1),
        Math.min(step, depth() - k),
        i > 0,
        scratch.packedColumns(step * panels.packed()),
        FloatLines.FIRST,
        right.array(),
        at.offset() + k * at.stride(0),
        at.stride(0),
        at.stride(1),
        false,
        panels,
        0,
        panels.count(),
        k == 0 ? beta : 1,
        to.array(),
        to.layout().offset() + row * to.layout().stride(0),
        to.layout().stride(0),
        scratch);
  }
}
