package org.tapeloop.backend.vector;

import org.tapeloop.autograd.spi.MatrixPacking.PackedMatrix;

/**
 * A right operand packed for many products: for each block of the inner extent, the column panels
 * one after another.
 *
 * <p>Each row of a product has the same bits whatever other rows are computed with it, so that a
 * batch may be split among threads in any way.
 */
final class FloatPackedMatrix implements PackedMatrix {
  private static final int LANES = VectorWidth.FLOAT.length();

  private final int rows;
  private final int columns;
  private final ColumnPanels panels;
  private final int depth;
  private final float[] packed;

  FloatPackedMatrix(int rows, int columns) {
    this.rows = rows;
    this.columns = columns;
    this.depth = FloatGemm.depthStep(rows);
    this.panels = new ColumnPanels(columns, depth, LANES, VectorWidth.PANEL_VECTORS);
    this.packed = new float[Math.multiplyExact(rows, panels.packed())];
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
  void pack(FloatMatrix b) {
    for (int k = 0; k < rows; k += depth) {
      int length = Math.min(depth, rows - k);
      for (int j = 0; j < panels.count(); j++) {
        int start = panels.start(j);
        FloatPack.panel(
            b.part(k, length, start, panels.columns(j)),
            panels.vectors(j) * LANES,
            packed,
            k * panels.packed() + length * start);
      }
    }
  }

  /** {@code c = alpha * a b + beta * c} with this as b. */
  void multiply(float alpha, FloatMatrix a, float beta, FloatMatrix c, Workers workers) {
    if (c.rows() == 0 || columns == 0) {
      return;
    }
    if (rows == 0) {
      FloatGemm.scale(beta, c);
      return;
    }
    if (c.columnStride() != 1 && columns > 1) {
      var dense = new FloatMatrix(new float[c.rows() * columns], 0, c.rows(), columns, columns, 1);
      multiply(alpha, a, 0, dense, workers);
      FloatGemm.spread(dense, beta, c);
      return;
    }
    int parts = FloatGemm.parts(c.rows(), columns, rows, workers);
    if (parts == 1) {
      region(alpha, a, beta, c, 0, panels.count());
    } else if (panels.count() >= 2 * parts) {
      workers.run(
          parts,
          i ->
              region(
                  alpha, a, beta, c, panels.count() * i / parts, panels.count() * (i + 1) / parts));
    } else {
      int height = FloatGemm.roundUp((c.rows() + parts - 1) / parts, FloatGemm.TILE_ROWS);
      workers.run(
          (c.rows() + height - 1) / height,
          i -> {
            int from = i * height;
            int count = Math.min(height, c.rows() - from);
            region(
                alpha,
                a.part(from, count, 0, rows),
                beta,
                c.part(from, count, 0, columns),
                0,
                panels.count());
          });
    }
  }

  private void region(
      float alpha, FloatMatrix a, float beta, FloatMatrix c, int fromPanel, int toPanel) {
    FloatScratch scratch = FloatScratch.ofThread();
    for (int k = 0; k < rows; k += depth) {
      int length = Math.min(depth, rows - k);
      FloatPanelProduct.run(
          alpha,
          a.part(0, a.rows(), k, length),
          packed,
          k * panels.packed(),
          null,
          panels,
          fromPanel,
          toPanel,
          k == 0 ? beta : 1,
          c,
          scratch);
    }
  }
}
