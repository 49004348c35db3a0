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
   * @param inPlace where panels are read instead, or null
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
    int together = FloatGemm.rowsTogether(depth);
    int groups = (a.rows() + together - 1) / together;
    int height = FloatGemm.roundUp((a.rows() + groups - 1) / groups, FloatGemm.TILE_ROWS);
    for (int m = 0; m < a.rows(); m += height) {
      FloatMatrix left = a.part(m, Math.min(height, a.rows() - m), 0, depth);
      if (left.columnStride() != 1 && left.rows() > 1 && toPanel - fromPanel > 2) {
        left = FloatPack.left(left, scratch);
      }
      for (int j = fromPanel; j < toPanel; j++) {
        int start = panels.start(j);
        int vectors = panels.vectors(j);
        int width = vectors * LANES;
        float[] b = packed;
        int bo = at + depth * start;
        int ldb = width;
        int lastOfB = width - LANES;
        int next = bo + depth * width;
        if (inPlace != null) {
          b = inPlace.array();
          bo = inPlace.position(0, start);
          ldb = inPlace.rowStride();
          lastOfB = panels.lastVector(j);
          next = bo + width;
        }
        int co = c.position(m, start);
        if (panels.narrow()) {
          narrow(alpha, left, b, bo, ldb, panels.columns(j), beta, c, co, scratch.side);
        } else if (left.rows() == 1
            && j + 1 < toPanel
            && vectors == VectorWidth.PANEL_VECTORS
            && panels.columns(j + 1) == width) {
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
              co);
          j++;
        } else {
          rows(
              alpha,
              left,
              b,
              bo,
              ldb,
              lastOfB,
              vectors,
              beta,
              c.array(),
              co,
              c.rowStride(),
              panels.lastVector(j));
        }
      }
    }
  }

  /**
   * Rows of the highest tile: its accumulators, a vector of b for each column vector and one
   * element of a fill the registers.
   */
  private static int tileRows(int vectors) {
    return Math.min(FloatGemm.TILE_ROWS, (VectorWidth.REGISTERS - 1) / vectors - 1);
  }

  /** All rows of a block times one panel, in tiles of nearly equal height. */
  private static void rows(
      float alpha,
      FloatMatrix a,
      float[] b,
      int bo,
      int ldb,
      int lastOfB,
      int vectors,
      float beta,
      float[] c,
      int co,
      int ldc,
      int lastOfC) {
    int highest = tileRows(vectors);
    int tiles = (a.rows() + highest - 1) / highest;
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
          lastOfB,
          alpha,
          beta,
          c,
          co + row * ldc,
          ldc,
          lastOfC);
      row += height;
    }
  }

  /**
   * The same for fewer columns than a vector has: tiles go to a side buffer, and what exists is
   * copied.
   */
  private static void narrow(
      float alpha,
      FloatMatrix a,
      float[] b,
      int bo,
      int ldb,
      int columns,
      float beta,
      FloatMatrix c,
      int co,
      float[] side) {
    int width = 2 * LANES;
    for (int row = 0; row < a.rows(); row += FloatGemm.TILE_ROWS) {
      int height = Math.min(FloatGemm.TILE_ROWS, a.rows() - row);
      int from = co + row * c.rowStride();
      if (beta != 0) {
        FloatPack.rows(c.array(), from, c.rowStride(), height, columns, side, 0, width);
      }
      FloatTiles.run(
          height,
          2,
          a.columns(),
          a.array(),
          a.offset() + row * a.rowStride(),
          a.rowStride(),
          a.columnStride(),
          b,
          bo,
          ldb,
          LANES,
          alpha,
          beta,
          side,
          0,
          width,
          LANES);
      FloatPack.rows(side, 0, width, height, columns, c.array(), from, c.rowStride());
    }
  }
}
