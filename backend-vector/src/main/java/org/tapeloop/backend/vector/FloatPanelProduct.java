package org.tapeloop.backend.vector;

import org.jspecify.annotations.Nullable;

/**
 * The inner loops of the product: one block of the inner extent, row tile by row tile against
 * column panels.
 *
 * <p>Bound by the multiply-add units while a panel and the rows that meet it stay in L2. Rows are
 * cut into tiles of nearly equal height, for tiles of one or two rows have too few accumulators; a
 * single row takes two panels at once.
 */
final class FloatPanelProduct {
  private static final int LANES = VectorWidth.FLOAT.length();

  private FloatPanelProduct() {}

  /**
   * One block of the inner extent: some panels of b times all rows of a.
   *
   * @param packed panel j begins at {@code at + depth * panels.start(j)}
   * @param inPlace where full panels are read instead, or null
   */
  static void run(
      float alpha,
      FloatMatrix a,
      float[] packed,
      int at,
      @Nullable FloatMatrix inPlace,
      ColumnPanels panels,
      int fromPanel,
      int toPanel,
      float beta,
      FloatMatrix c,
      FloatScratch scratch) {
    int depth = a.columns();
    int groups = (a.rows() + FloatGemm.ROWS - 1) / FloatGemm.ROWS;
    int height = FloatGemm.roundUp((a.rows() + groups - 1) / groups, FloatGemm.TILE_ROWS);
    for (int m = 0; m < a.rows(); m += height) {
      FloatMatrix left = a.part(m, Math.min(height, a.rows() - m), 0, depth);
      if (left.columnStride() != 1 && left.rows() > 1 && toPanel - fromPanel > 2) {
        left = FloatPack.left(left, scratch);
      }
      for (int j = fromPanel; j < toPanel; j++) {
        int start = panels.start(j);
        int width = panels.vectors(j) * LANES;
        boolean whole = panels.columns(j) == width;
        float[] b = packed;
        int bo = at + depth * start;
        int ldb = width;
        int next = bo + depth * width;
        if (inPlace != null && whole) {
          b = inPlace.array();
          bo = inPlace.position(0, start);
          ldb = inPlace.rowStride();
          next = bo + width;
        }
        boolean pair =
            left.rows() == 1
                && j + 1 < toPanel
                && panels.vectors(j) == VectorWidth.PANEL_VECTORS
                && panels.vectors(j + 1) == VectorWidth.PANEL_VECTORS
                && panels.columns(j + 1) == width;
        if (pair) {
          FloatTiles.pair(
              depth,
              left.array(),
              left.offset(),
              left.columnStride(),
              b,
              bo,
              next,
              ldb,
              alpha,
              beta,
              c.array(),
              c.position(m, start));
          j++;
        } else if (whole) {
          rows(
              alpha,
              left,
              b,
              bo,
              ldb,
              panels.vectors(j),
              beta,
              c.array(),
              c.position(m, start),
              c.rowStride());
        } else {
          ragged(
              alpha,
              left,
              b,
              bo,
              ldb,
              panels.vectors(j),
              panels.columns(j),
              beta,
              c.array(),
              c.position(m, start),
              c.rowStride(),
              scratch.side);
        }
      }
    }
  }

  /** All rows of a block times one panel, in tiles of nearly equal height. */
  private static void rows(
      float alpha,
      FloatMatrix a,
      float[] b,
      int bo,
      int ldb,
      int vectors,
      float beta,
      float[] c,
      int co,
      int ldc) {
    int tiles = (a.rows() + FloatGemm.TILE_ROWS - 1) / FloatGemm.TILE_ROWS;
    int row = 0;
    for (int left = tiles; left > 0; left--) {
      int height = (a.rows() - row + left - 1) / left;
      FloatTiles.run(
          height,
          vectors,
          a.columns(),
          a.array(),
          a.offset() + row * a.rowStride(),
          a.rowStride(),
          a.columnStride(),
          b,
          bo,
          ldb,
          alpha,
          beta,
          c,
          co + row * ldc,
          ldc);
      row += height;
    }
  }

  /**
   * The same where the panel reaches past the last column: tiles go to a side buffer, and what
   * exists is copied.
   */
  private static void ragged(
      float alpha,
      FloatMatrix a,
      float[] b,
      int bo,
      int ldb,
      int vectors,
      int columns,
      float beta,
      float[] c,
      int co,
      int ldc,
      float[] side) {
    int width = vectors * LANES;
    for (int row = 0; row < a.rows(); row += FloatGemm.TILE_ROWS) {
      int height = Math.min(FloatGemm.TILE_ROWS, a.rows() - row);
      int from = co + row * ldc;
      if (beta != 0) {
        FloatPack.rows(c, from, ldc, height, columns, side, 0, width);
      }
      FloatTiles.run(
          height,
          vectors,
          a.columns(),
          a.array(),
          a.offset() + row * a.rowStride(),
          a.rowStride(),
          a.columnStride(),
          b,
          bo,
          ldb,
          alpha,
          beta,
          side,
          0,
          width);
      FloatPack.rows(side, 0, width, height, columns, c, from, ldc);
    }
  }
}
