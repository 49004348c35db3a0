package org.tapeloop.backend.vector;

import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;
import org.tapeloop.autograd.spi.MatrixPacking.PackedMatrix;
import org.tapeloop.autograd.spi.MatrixPacking.Upcoming;

/**
 * A right operand packed for many products: for each block of the inner extent, the column panels
 * one after another.
 *
 * <p>Each row of a product has the same bits whatever other rows are computed with it, so that a
 * batch may be split among threads in any way.
 */
final class FloatPackedMatrix implements PackedMatrix {
  private static final int LANES = VectorWidth.FLOAT.length();

  /** Up to so many bytes, what the caller needs next is read ahead beside the panels. */
  private static final int FAR_BYTES = 5 << 20;

  private final int rows;
  private final int columns;
  private final ColumnPanels panels;
  private final int depth;
  private final float[] packed;
  private final int first;

  FloatPackedMatrix(int rows, int columns) {
    this.rows = rows;
    this.columns = columns;
    this.depth = FloatGemm.depthStep(rows);
    this.panels = ColumnPanels.of(columns, depth, LANES, false);
    FloatLines room = FloatLines.room(Math.multiplyExact(rows, panels.packed()));
    this.packed = room.array;
    this.first = room.start;
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int columns() {
    return columns;
  }

  /** Takes the values of b [K, N]. */
  void pack(FloatView b) {
    Layout layout = b.layout();
    int rs = layout.stride(0);
    int cs = layout.stride(1);
    for (int k = 0; k < rows; k += depth) {
      int length = Math.min(depth, rows - k);
      for (int j = 0; j < panels.count(); j++) {
        int start = panels.start(j);
        FloatPack.panel(
            b.array(),
            layout.offset() + k * rs + start * cs,
            rs,
            cs,
            length,
            panels.columns(j),
            panels.vectors(j) * LANES,
            packed,
            first + k * panels.packed() + length * start);
      }
    }
  }

  /** {@code c = alpha * a b + beta * c} with this as b, for matrices. */
  void multiply(float alpha, FloatView a, float beta, FloatView c, Workers workers) {
    Layout left = a.layout();
    Layout out = c.layout();
    int count = out.extent(0);
    int crs = out.stride(0);
    int ccs = out.stride(1);
    if (rows == 0) {
      FloatGemm.scale(beta, c.array(), out.offset(), crs, ccs, count, columns);
      return;
    }
    boolean apart = ccs != 1 && columns > 1;
    float[] to = apart ? new float[count * columns] : c.array();
    multiply(
        alpha,
        a.array(),
        left.offset(),
        count,
        left.stride(0),
        left.stride(1),
        apart ? 0 : beta,
        to,
        apart ? 0 : out.offset(),
        apart ? columns : crs,
        workers);
    if (apart) {
      FloatGemm.spread(to, beta, c.array(), out.offset(), crs, ccs, count, columns);
    }
  }

  /**
   * {@code c = a b + beta * c} for contiguous rows. On one thread it allocates nothing.
   *
   * @param next read ahead, unless threads share the product or the matrix is large
   */
  void multiplyRows(
      float[] a,
      int ao,
      int lda,
      int count,
      float beta,
      float[] c,
      int co,
      int ldc,
      Upcoming next,
      Workers workers) {
    if (rows == 0) {
      FloatGemm.scale(beta, c, co, ldc, 1, count, columns);
      return;
    }
    if (next.parts() == 0 || isFar() || FloatGemm.parts(count, columns, rows, workers) > 1) {
      multiply(1, a, ao, count, lda, 1, beta, c, co, ldc, workers);
      return;
    }
    FloatAhead ahead = FloatScratch.ofThread().left.ahead;
    ahead.expect(next, tiles(count));
    try {
      multiply(1, a, ao, count, lda, 1, beta, c, co, ldc, workers);
    } finally {
      ahead.expectNothing();
    }
  }

  /** Whether it comes from memory, or takes so much of L3 that nothing beside it should come. */
  private boolean isFar() {
    return (long) Float.BYTES * rows * panels.packed() > FAR_BYTES;
  }

  /** About how many tiles so many rows take. */
  private int tiles(int count) {
    int blocks = Math.ceilDiv(rows, depth);
    return Math.ceilDiv(count, panels.copiedRows()) * panels.count() * blocks;
  }

  private void multiply(
      float alpha,
      float[] a,
      int ao,
      int count,
      int rs,
      int ks,
      float beta,
      float[] c,
      int co,
      int ldc,
      Workers workers) {
    if (count == 0 || columns == 0) {
      return;
    }
    int parts = FloatGemm.parts(count, columns, rows, workers);
    if (parts == 1) {
      region(alpha, a, ao, count, rs, ks, beta, c, co, ldc, 0, panels.count());
    } else if (panels.count() >= 2 * parts) {
      workers.run(
          parts,
          i ->
              region(
                  alpha,
                  a,
                  ao,
                  count,
                  rs,
                  ks,
                  beta,
                  c,
                  co,
                  ldc,
                  panels.count() * i / parts,
                  panels.count() * (i + 1) / parts));
    } else {
      int height = FloatGemm.roundUp((count + parts - 1) / parts, VectorWidth.TILE_ROWS);
      workers.run(
          (count + height - 1) / height,
          i -> {
            int from = i * height;
            region(
                alpha,
                a,
                ao + from * rs,
                Math.min(height, count - from),
                rs,
                ks,
                beta,
                c,
                co + from * ldc,
                ldc,
                0,
                panels.count());
          });
    }
  }

  private void region(
      float alpha,
      float[] a,
      int ao,
      int count,
      int rs,
      int ks,
      float beta,
      float[] c,
      int co,
      int ldc,
      int fromPanel,
      int toPanel) {
    FloatScratch scratch = FloatScratch.ofThread();
    for (int k = 0; k < rows; k += depth) {
      int length = Math.min(depth, rows - k);
      FloatPanelProduct.run(
          alpha,
          a,
          ao + k * ks,
          count,
          rs,
          ks,
          length,
          false,
          packed,
          first + k * panels.packed(),
          null,
          0,
          0,
          0,
          false,
          panels,
          fromPanel,
          toPanel,
          k == 0 ? beta : 1,
          c,
          co,
          ldc,
          scratch);
    }
  }
}
