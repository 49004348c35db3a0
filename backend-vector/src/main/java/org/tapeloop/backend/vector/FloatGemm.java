package org.tapeloop.backend.vector;

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
  private static final int DEPTH = 1024;

  /**
   * Longest block where transposed rows are read in place: a step is a cache line of its own, and
   * where lines lie 2 KiB apart L2 has room for 512.
   */
  private static final int SCATTERED_DEPTH = 512;

  /** Bytes of a that stay in 1 MiB of L2 beside a panel of b and what streams past. */
  private static final int LEFT_BYTES = 432 << 10;

  /** Rows of a that pass over the panels together, at most. */
  private static final int ROWS = 144;

  /** Columns packed at a time: with DEPTH, 4 MiB of L3. */
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

  private static final int TILE_ROWS = VectorWidth.TILE_ROWS;

  private static final float[] NOTHING = {};

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

  /**
   * Splits the product among threads where it is large enough. How sums are formed is decided
   * before, so that bits do not depend on the number of threads; for the same reason the last part
   * has a vector of columns or more.
   */
  private static void shared(
      float alpha, FloatMatrix a, FloatMatrix b, float beta, FloatMatrix c, Workers workers) {
    int parts = parts(c.rows(), c.columns(), a.columns(), workers);
    boolean byDots = c.rows() <= FEW_ROWS && b.columnStride() != 1 && FloatDots.suit(b);
    boolean transposed = a.columnStride() != 1;
    boolean copies = transposed && ColumnPanels.copiesTransposed(c.rows(), c.columns(), LANES);
    int step = depthStep(a.columns(), transposed && !copies ? SCATTERED_DEPTH : DEPTH);
    if (parts == 1) {
      region(alpha, a, b, beta, c, step, byDots);
      return;
    }
    int panel = 2 * ColumnPanels.usual(c.columns(), LANES, transposed) * LANES;
    // Each part copies all of an operand: of the rows of a, if they are copied, or of b.
    boolean byRows = copies && c.rows() > c.columns();
    if (c.columns() >= parts * panel && !byRows) {
      int part = roundUp((c.columns() + parts - 1) / parts, panel);
      int last = (c.columns() - LANES) / part;
      workers.run(
          last + 1,
          i -> {
            int from = i * part;
            int count = i < last ? part : c.columns() - from;
            region(
                alpha,
                a,
                b.part(0, b.rows(), from, count),
                beta,
                c.part(0, c.rows(), from, count),
                step,
                byDots);
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
                c.part(from, count, 0, c.columns()),
                step,
                byDots);
          });
    }
  }

  /** Columns packed at a time: whole panels, in blocks of nearly equal widths. */
  private static int together(int columns, boolean transposed) {
    int blocks = (columns + COLUMNS - 1) / COLUMNS;
    int panel = ColumnPanels.usual(columns, LANES, transposed) * LANES;
    return roundUp((columns + blocks - 1) / blocks, panel);
  }

  /** Number of parts a product is worth splitting into. */
  static int parts(int rows, int columns, int depth, Workers workers) {
    if (workers.threads() == 1) {
      return 1;
    }
    long work = (long) rows * columns * depth;
    return (int) Math.max(1, Math.min(workers.threads(), 2 * work / WORTH_SHARING));
  }

  /**
   * The product on one thread; the rows of c are contiguous.
   *
   * @param step length of the blocks of the inner extent
   */
  private static void region(
      float alpha,
      FloatMatrix a,
      FloatMatrix b,
      float beta,
      FloatMatrix c,
      int step,
      boolean byDots) {
    FloatScratch scratch = FloatScratch.ofThread();
    if (byDots) {
      for (int i = 0; i < c.rows(); i++) {
        FloatDots.row(alpha, a, i, b, beta, c, scratch);
      }
      return;
    }
    int depth = a.columns();
    boolean transposed = a.columnStride() != 1;
    int together = together(c.columns(), transposed);
    for (int n = 0; n < c.columns(); n += together) {
      int columns = Math.min(together, c.columns() - n);
      var panels = ColumnPanels.of(columns, step, LANES, transposed);
      boolean inPlace = b.columnStride() == 1 && c.rows() < PACKING_PAYS && !panels.narrow();
      float[] packed = inPlace ? NOTHING : scratch.packedColumns(step * panels.packed());
      for (int k = 0; k < depth; k += step) {
        int length = Math.min(step, depth - k);
        FloatPanelProduct.run(
            alpha,
            a.array(),
            a.position(0, k),
            c.rows(),
            a.rowStride(),
            a.columnStride(),
            length,
            packed,
            FloatLines.FIRST,
            b.part(k, length, n, columns),
            inPlace,
            panels,
            0,
            panels.count(),
            k == 0 ? beta : 1,
            c.array(),
            c.position(0, n),
            c.rowStride(),
            scratch);
      }
    }
  }

  /**
   * Length of the blocks of an inner extent: even, and whole vectors, so that packing meets few odd
   * ends.
   */
  static int depthStep(int depth) {
    return depthStep(depth, DEPTH);
  }

  private static int depthStep(int depth, int longest) {
    int blocks = (depth + longest - 1) / longest;
    return blocks <= 1 ? Math.max(depth, 1) : roundUp((depth + blocks - 1) / blocks, LANES);
  }

  /** Rows of a that pass over the panels together: as many as stay in L2. */
  static int rowsTogether(int depth) {
    return Math.min(ROWS, LEFT_BYTES / Float.BYTES / depth);
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
