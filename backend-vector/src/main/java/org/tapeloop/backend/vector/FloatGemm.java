package org.tapeloop.backend.vector;

import org.jspecify.annotations.Nullable;

/**
 * {@code c = alpha * a b + beta * c} for matrices of any strides: blocked for the caches, without a
 * copy of a whole operand.
 *
 * <p>The inner extent is cut into blocks of at most {@link #DEPTH}, so that a panel of b and the
 * rows of a that meet it stay in L2; the columns into blocks whose panels are packed together; the
 * rows into blocks that stay in L2 while all panels pass. A left operand is read in place where its
 * rows are contiguous, a right operand where its rows are and few rows of a meet it; otherwise
 * blocks are packed first. Neither changes the result: each element adds its products in the order
 * of k within a block of the inner extent, and its blocks in order.
 *
 * <p>Work is split among threads by rows or columns of c, never by k, from {@link #WORTH_SHARING}
 * multiply-adds on.
 */
final class FloatGemm {
  private static final int LANES = VectorWidth.FLOAT.length();

  /** Longest block of the inner extent. */
  static final int DEPTH = 768;

  /**
   * Rows of a that pass over the panels together: 144 x 768 floats take less than half of 1 MiB of
   * L2.
   */
  private static final int ROWS = 144;

  /** Columns packed at a time: with DEPTH, 3 MiB of L3. */
  private static final int COLUMNS = 1024;

  /** From so many rows on, packing b pays although its rows could be read in place. */
  private static final int PACKING_PAYS = 48;

  /**
   * Up to so many rows a transposed b is read once a row, by dot products, which is cheaper than
   * packing it.
   */
  private static final int FEW_ROWS = 5;

  /** Multiply-adds that take about ten times as long as waking a thread. */
  private static final long WORTH_SHARING = 1L << 22;

  private static final int TILE_ROWS = 6;

  private FloatGemm() {}

  static void gemm(
      float alpha, FloatMatrix a, FloatMatrix b, float beta, FloatMatrix c, Workers workers) {
    if (c.rows() == 0 || c.columns() == 0) {
      return;
    }
    boolean byColumns = c.columnStride() != 1 && c.columns() > 1 && c.rowStride() == 1;
    if (c.rows() > 1 && (c.columns() == 1 || byColumns)) {
      gemm(alpha, b.transposed(), a.transposed(), beta, c.transposed(), workers);
    } else if (a.columns() == 0) {
      scale(beta, c);
    } else if (c.columnStride() != 1 && c.columns() > 1) {
      scattered(alpha, a, b, beta, c, workers);
    } else {
      shared(alpha, a, b, beta, c, workers);
    }
  }

  /** Splits the product among threads where it is large enough. */
  private static void shared(
      float alpha, FloatMatrix a, FloatMatrix b, float beta, FloatMatrix c, Workers workers) {
    int parts = parts(c.rows(), c.columns(), a.columns(), workers);
    if (parts == 1) {
      region(alpha, a, b, beta, c);
      return;
    }
    int panel = 2 * VectorWidth.PANEL_VECTORS * LANES;
    if (c.columns() >= parts * panel) {
      int width = roundUp((c.columns() + parts - 1) / parts, panel);
      workers.run(
          (c.columns() + width - 1) / width,
          i -> {
            int from = i * width;
            int count = Math.min(width, c.columns() - from);
            region(
                alpha, a, b.part(0, b.rows(), from, count), beta, c.part(0, c.rows(), from, count));
          });
    } else {
      int height = roundUp((c.rows() + parts - 1) / parts, TILE_ROWS);
      workers.run(
          (c.rows() + height - 1) / height,
          i -> {
            int from = i * height;
            int count = Math.min(height, c.rows() - from);
            region(
                alpha,
                a.part(from, count, 0, a.columns()),
                b,
                beta,
                c.part(from, count, 0, c.columns()));
          });
    }
  }

  /** Number of parts a product is worth splitting into. */
  static int parts(int rows, int columns, int depth, Workers workers) {
    if (workers.threads() == 1) {
      return 1;
    }
    long work = (long) rows * columns * depth;
    return (int) Math.max(1, Math.min(workers.threads(), 2 * work / WORTH_SHARING));
  }

  /** The product on one thread; the rows of c are contiguous. */
  static void region(float alpha, FloatMatrix a, FloatMatrix b, float beta, FloatMatrix c) {
    FloatScratch scratch = FloatScratch.ofThread();
    if (c.rows() <= FEW_ROWS && b.columnStride() != 1 && FloatDots.suit(b)) {
      for (int i = 0; i < c.rows(); i++) {
        FloatDots.row(alpha, a, i, b, beta, c, scratch);
      }
      return;
    }
    int depth = a.columns();
    boolean inPlace = b.columnStride() == 1 && c.rows() < PACKING_PAYS;
    int step = depthStep(depth);
    for (int n = 0; n < c.columns(); n += COLUMNS) {
      int columns = Math.min(COLUMNS, c.columns() - n);
      var panels = new ColumnPanels(columns, LANES, VectorWidth.PANEL_VECTORS);
      FloatMatrix target = c.part(0, c.rows(), n, columns);
      for (int k = 0; k < depth; k += step) {
        int length = Math.min(step, depth - k);
        FloatMatrix left = a.part(0, a.rows(), k, length);
        FloatMatrix right = b.part(k, length, n, columns);
        float betaHere = k == 0 ? beta : 1;
        if (inPlace) {
          inPlace(alpha, left, right, panels, betaHere, target, scratch);
        } else if (c.rows() <= ROWS) {
          panelByPanel(alpha, left, right, panels, betaHere, target, scratch);
        } else {
          float[] packed = scratch.packedColumns(length * panels.padded());
          for (int j = 0; j < panels.count(); j++) {
            pack(right, panels, j, packed, length * panels.start(j));
          }
          block(alpha, left, packed, 0, null, panels, 0, panels.count(), betaHere, target, scratch);
        }
      }
    }
  }

  /** Reads b in place, but for the last panel if it reaches past the last column. */
  private static void inPlace(
      float alpha,
      FloatMatrix a,
      FloatMatrix b,
      ColumnPanels panels,
      float beta,
      FloatMatrix c,
      FloatScratch scratch) {
    int last = panels.count() - 1;
    float[] packed = b.array();
    int at = 0;
    if (panels.padded() != b.columns()) {
      packed = scratch.packedColumns(b.rows() * (panels.padded() - panels.start(last)));
      pack(b, panels, last, packed, 0);
      at = -b.rows() * panels.start(last);
    }
    block(alpha, a, packed, at, b, panels, 0, last + 1, beta, c, scratch);
  }

  /** Packs a panel and uses it while it is in L2: all rows of a meet it at once. */
  private static void panelByPanel(
      float alpha,
      FloatMatrix a,
      FloatMatrix b,
      ColumnPanels panels,
      float beta,
      FloatMatrix c,
      FloatScratch scratch) {
    FloatMatrix left = a;
    if (a.columnStride() != 1 && a.rows() > 1 && panels.count() > 2) {
      left = FloatPack.left(a, scratch);
    }
    float[] packed = scratch.packedColumns(b.rows() * VectorWidth.PANEL_VECTORS * LANES);
    for (int j = 0; j < panels.count(); j++) {
      pack(b, panels, j, packed, 0);
      block(
          alpha,
          left,
          packed,
          -b.rows() * panels.start(j),
          null,
          panels,
          j,
          j + 1,
          beta,
          c,
          scratch);
    }
  }

  private static void pack(FloatMatrix b, ColumnPanels panels, int panel, float[] to, int at) {
    FloatPack.panel(
        b.part(0, b.rows(), panels.start(panel), panels.columns(panel)),
        panels.vectors(panel) * LANES,
        to,
        at);
  }

  /**
   * Length of the blocks of an inner extent: even, and whole vectors, so that packing meets few odd
   * ends.
   */
  static int depthStep(int depth) {
    int blocks = (depth + DEPTH - 1) / DEPTH;
    return blocks <= 1 ? Math.max(depth, 1) : roundUp((depth + blocks - 1) / blocks, LANES);
  }

  /**
   * One block of the inner extent: some panels of b times all rows of a.
   *
   * @param packed panel j begins at {@code at + depth * panels.start(j)}
   * @param inPlace where full panels are read instead, or null
   */
  static void block(
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
    int groups = (a.rows() + ROWS - 1) / ROWS;
    int height = roundUp((a.rows() + groups - 1) / groups, TILE_ROWS);
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
    int tiles = (a.rows() + TILE_ROWS - 1) / TILE_ROWS;
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
    for (int row = 0; row < a.rows(); row += TILE_ROWS) {
      int height = Math.min(TILE_ROWS, a.rows() - row);
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

  /** {@code c = beta * c + product}, reading c only where beta is not 0. */
  static void add(float[] product, int po, float beta, float[] c, int co, int count, int step) {
    if (beta == 0) {
      for (int i = 0; i < count; i++) {
        c[co + i * step] = product[po + i];
      }
    } else {
      for (int i = 0; i < count; i++) {
        c[co + i * step] = c[co + i * step] * beta + product[po + i];
      }
    }
  }

  /**
   * An output whose neighbours in a row and in a column are both apart: the product is made
   * densely, then spread.
   */
  private static void scattered(
      float alpha, FloatMatrix a, FloatMatrix b, float beta, FloatMatrix c, Workers workers) {
    int columns = c.columns();
    var dense =
        new FloatMatrix(
            new float[Math.multiplyExact(c.rows(), columns)], 0, c.rows(), columns, columns, 1);
    gemm(alpha, a, b, 0, dense, workers);
    spread(dense, beta, c);
  }

  /** {@code c = beta * c + product} for a dense product. */
  static void spread(FloatMatrix product, float beta, FloatMatrix c) {
    for (int i = 0; i < c.rows(); i++) {
      add(
          product.array(),
          product.position(i, 0),
          beta,
          c.array(),
          c.position(i, 0),
          c.columns(),
          c.columnStride());
    }
  }

  /** A product of nothing is 0. */
  static void scale(float beta, FloatMatrix c) {
    float[] zeros = new float[c.columns()];
    for (int i = 0; i < c.rows(); i++) {
      add(zeros, 0, beta, c.array(), c.position(i, 0), c.columns(), c.columnStride());
    }
  }

  static int roundUp(int value, int multiple) {
    return (value + multiple - 1) / multiple * multiple;
  }
}
