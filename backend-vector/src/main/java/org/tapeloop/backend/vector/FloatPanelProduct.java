package org.tapeloop.backend.vector;

import org.jspecify.annotations.Nullable;

/**
 * One block of the inner extent of a product: row blocks against column panels.
 *
 * <p>Bound by the multiply-add units while panels or rows stay in L2. A single row takes several
 * panels at once.
 */
final class FloatPanelProduct {
  private static final int LANES = VectorWidth.FLOAT.length();

  /** Bytes of neighbouring panels that stay in 1 MiB of L2 while copied rows stream past. */
  private static final int GROUP_BYTES = 512 << 10;

  /**
   * A packed operand of so many bytes comes from L3 in each product, so that tiles read the panels
   * ahead that follow.
   */
  private static final int FAR_BYTES = 1 << 20;

  /** Bytes of transposed rows that are copied at a time and stay in L3. */
  private static final int COPIED_BYTES = 5 << 20;

  /** Bytes of other rows that are copied at a time where not all of them stay in L2. */
  private static final int BLOCK_BYTES = 256 << 10;

  /**
   * From so many rows on, what is added to is fetched for a whole panel before its tiles. With the
   * few tiles of fewer rows the wait for all of it cost more than the waits of each.
   */
  private static final int FETCHING_PAYS = 36;

  /** Up to so many rows what is fetched stays in L2. */
  private static final int FETCHED = 144;

  /** An array of so many bytes stays in 1 MiB of L2 while all panels pass. */
  private static final int NEAR_BYTES = 640 << 10;

  private FloatPanelProduct() {}

  /** Transposed rows that are copied at a time at most. */
  static int copiedTogether(int depth) {
    return COPIED_BYTES / Float.BYTES / (depth + LANES);
  }

  /** Rows that are copied at a time at most: all, if they stay in L2, or few beside some panels. */
  private static int copiedTogether(int rows, int depth) {
    return rows <= FloatGemm.rowsTogether(depth) ? rows : BLOCK_BYTES / Float.BYTES / depth;
  }

  /**
   * Some panels of b times all rows of a.
   *
   * @param a the row i and step k at {@code ao + i*rs + k*ks}
   * @param copied whether the product before copied these rows, all in one block
   * @param packed panel j of b begins at {@code at + depth*panels.start(j)}
   * @param right null where b is packed; or else its array, row k and column j at {@code ro + k*rrs
   *     + j*rcs}, which is read in place, or packed first
   */
  static void run(
      float alpha,
      float[] a,
      int ao,
      int rows,
      int rs,
      int ks,
      int depth,
      boolean copied,
      float[] packed,
      int at,
      float @Nullable [] right,
      int ro,
      int rrs,
      int rcs,
      boolean inPlace,
      ColumnPanels panels,
      int fromPanel,
      int toPanel,
      float beta,
      float[] c,
      int co,
      int ldc,
      FloatScratch scratch) {
    // Rows stay in L2 while panels pass. Transposed rows are copied in any case and then read in
    // the
    // order in which they lie, and so may come from L3 while panels stay.
    boolean copies = panels.meetCopies(rows, ks != 1);
    int together = FloatGemm.rowsTogether(depth);
    if (copies) {
      together = ks == 1 ? copiedTogether(rows, depth) : copiedTogether(depth);
    }
    int blocks = (rows + together - 1) / together;
    int height = FloatGemm.roundUp((rows + blocks - 1) / blocks, VectorWidth.TILE_ROWS);
    boolean fetches =
        beta != 0
            && (ks == 1 || !copies)
            && height >= FETCHING_PAYS
            && height <= FETCHED
            && (long) Float.BYTES * c.length > NEAR_BYTES
            && !panels.narrow();
    int group = rows == 1 ? FloatLeft.panelsTogether(panels.usual()) : 1;
    if (copies && !fetches) {
      group = Math.max(1, GROUP_BYTES / (Float.BYTES * panels.usual() * LANES * depth));
    }
    int all = panels.start(toPanel) - panels.start(fromPanel);
    boolean readsAhead = copies && right == null && (long) Float.BYTES * depth * all >= FAR_BYTES;
    boolean rowsFollow = copies && ks == 1 && blocks > 1 && !readsAhead;
    int last = toPanel - 1;
    int columns = panels.start(last) + panels.columns(last) - panels.start(fromPanel);
    FloatLeft left = scratch.left;
    for (int m = 0; m < rows; m += height) {
      int count = Math.min(height, rows - m);
      if (copied) {
        left.again();
      } else {
        left.inPlace(a, ao + m * rs, count, depth, rs, ks);
        if (copies) {
          left.copy(panels.copiedRows());
        }
      }
      if (rows > 1 && (right == null || !inPlace) && !panels.narrow()) {
        left.warm(panels, fromPanel, toPanel);
      }
      int to = co + m * ldc;
      for (int j = fromPanel; j < toPanel; ) {
        int start = panels.start(j);
        int vectors = panels.vectors(j);
        int width = vectors * LANES;
        int next = j + 1;
        while (next < toPanel && next < j + group && panels.columns(next) == width) {
          next++;
        }
        float[] b = packed;
        int bo = at + depth * start;
        int ldb = width;
        int lastOfB = width - LANES;
        int step = depth * width;
        if (right != null && inPlace) {
          b = right;
          bo = ro + start;
          ldb = rrs;
          lastOfB = panels.lastVector(j);
          step = width;
        } else if (right != null) {
          // Packed when the first rows need them, for then they are in L2; where no more rows
          // follow, the next panels take their place.
          bo = blocks == 1 ? at : bo;
          if (m == 0) {
            pack(right, ro, rrs, rcs, depth, panels, j, next, b, bo);
          }
        }
        if (fetches) {
          FloatPack.fetch(c, to + start, ldc, count, panels.columns(j) / LANES, scratch.side);
        }
        if (panels.narrow()) {
          left.narrow(alpha, b, bo, ldb, panels.columns(j), beta, c, to, ldc, scratch.side);
        } else {
          if (readsAhead) {
            // Behind the last panel the first, for a loop multiplies by the same matrix again.
            int soon = at + depth * panels.start(next < toPanel ? next : fromPanel);
            left.ahead.add(packed, soon, (next - j) * depth * width);
          } else if (rowsFollow && j == fromPanel) {
            // The outputs of the next tiles, if these panels make almost all of each row.
            if (ldc == columns && next >= toPanel - 2) {
              left.ahead.add(c, to + VectorWidth.TILE_ROWS * ldc, count * ldc);
            }
            if (rs > 0 && rs <= 2 * depth) {
              left.ahead.add(a, ao + (m + count) * rs, Math.min(height, rows - m - count) * rs);
            }
          }
          left.times(
              alpha,
              b,
              bo,
              ldb,
              lastOfB,
              step,
              vectors,
              next - j,
              beta,
              c,
              to + start,
              ldc,
              panels.lastVector(j));
        }
        j = next;
      }
    }
    left.release();
  }

  /** Packs some neighbouring panels, the first of them to {@code to}. */
  private static void pack(
      float[] right,
      int ro,
      int rrs,
      int rcs,
      int depth,
      ColumnPanels panels,
      int fromPanel,
      int toPanel,
      float[] packed,
      int to) {
    int first = panels.start(fromPanel);
    int width = panels.usual() * LANES;
    int alike = fromPanel;
    while (rcs == 1 && alike < toPanel && panels.columns(alike) == width) {
      alike++;
    }
    if (alike > fromPanel) {
      FloatPack.panels(
          right,
          ro + first,
          rrs,
          depth,
          panels.usual(),
          alike - fromPanel,
          packed,
          to,
          width,
          depth * width);
    }
    for (int j = alike; j < toPanel; j++) {
      int start = panels.start(j);
      FloatPack.panel(
          right,
          ro + start * rcs,
          rrs,
          rcs,
          depth,
          panels.columns(j),
          panels.vectors(j) * LANES,
          packed,
          to + depth * (start - first));
    }
  }
}
