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

  /**
   * Longest block of the inner extent. Of transposed rows in place a step is a cache line of its
   * own, and where lines lie 2 KiB apart L2 has room for 512; and all panels of 512 columns take 1
   * MiB, which stays in an L2 of 2 MiB while rows pass.
   */
  private static final int DEPTH = 512;

  /** Bytes of a that stay in 1 MiB of L2 beside a panel of b and what streams past. */
  private static final int LEFT_BYTES = 432 << 10;

  /** Rows of a that pass over the panels together, at most. */
  private static final int ROWS = 144;

  /** Columns packed at a time: with DEPTH, 2 MiB of L3. */
  static final int COLUMNS = 1024;

  /** From so many rows on, packing b pays although its rows could be read in place. */
  private static final int PACKING_PAYS = 48;

  /**
   * Up to so many rows a transposed b is read once a row, by dot products, which is cheaper than
   * packing it.
   */
  static final int FEW_ROWS = 5;

  /** Multiply-adds that take about ten times as long as waking a thread. */
  private static final long WORTH_SHARING = 1L << 22;

  private static final int TILE_ROWS = VectorWidth.TILE_ROWS;

  private static final float[] NOTHING = {};

  /** The share of a part's columns that it may have more than others before rows are split. */
  private static final int UNEVEN = 16;

  /** Times as many rows as columns, from which on rows are split. */
  private static final int FAR_MORE = 4;

  private FloatGemm() {}

  /**
   * {@code c = alpha * a b + beta * c}; element [i, j] of a stands at {@code ao + i*ars + j*acs},
   * and so for b and c. Operands are no objects, for every product of a loop would make them.
   *
   * @param rows of a and c
   * @param columns of b and c
   * @param depth the inner extent
   */
  static void gemm(
      float alpha,
      float[] a,
      int ao,
      int ars,
      int acs,
      float[] b,
      int bo,
      int brs,
      int bcs,
      float beta,
      float[] c,
      int co,
      int crs,
      int ccs,
      int rows,
      int columns,
      int depth,
      Workers workers) {
    if (rows == 0 || columns == 0) {
      return;
    }
    boolean byColumns = ccs != 1 && columns > 1 && crs == 1;
    if (rows > 1 && (columns == 1 || byColumns)) {
      gemm(
          alpha, b, bo, bcs, brs, a, ao, acs, ars, beta, c, co, ccs, crs, columns, rows, depth,
          workers);
    } else if (depth == 0) {
      scale(beta, c, co, crs, ccs, rows, columns);
    } else if (ccs != 1 && columns > 1) {
      // Neighbours in a row and in a column of the output are both apart.
      float[] dense = new float[Math.multiplyExact(rows, columns)];
      gemm(
          alpha, a, ao, ars, acs, b, bo, brs, bcs, 0, dense, 0, columns, 1, rows, columns, depth,
          workers);
      spread(dense, beta, c, co, crs, ccs, rows, columns);
    } else {
      shared(
          alpha, a, ao, ars, acs, b, bo, brs, bcs, beta, c, co, crs, rows, columns, depth, workers);
    }
  }

  /**
   * Splits the product among threads where it is large enough. How sums are formed is decided
   * before, so that bits do not depend on the number of threads; for the same reason the last part
   * has a vector of columns or more.
   */
  private static void shared(
      float alpha,
      float[] a,
      int ao,
      int ars,
      int acs,
      float[] b,
      int bo,
      int brs,
      int bcs,
      float beta,
      float[] c,
      int co,
      int ldc,
      int rows,
      int columns,
      int depth,
      Workers workers) {
    int parts = parts(rows, columns, depth, workers);
    boolean byDots = rows <= FEW_ROWS && bcs != 1 && FloatDots.suit(brs, columns);
    boolean transposed = acs != 1;
    boolean copies = transposed && ColumnPanels.copiesTransposed(rows, columns, LANES);
    int step = depthStep(depth);
    if (parts == 1) {
      region(
          alpha, a, ao, ars, acs, b, bo, brs, bcs, beta, c, co, ldc, rows, columns, depth, step,
          byDots);
      return;
    }
    boolean cutForCopies = cutForCopies(rows, transposed);
    int panel = 2 * ColumnPanels.usual(columns, LANES, cutForCopies) * LANES;
    int part = roundUp((columns + parts - 1) / parts, panel);
    boolean even = part - columns / parts <= part / UNEVEN;
    // Each part copies all of an operand: of the rows of a, if they are copied, or of b.
    boolean byRows = rows > columns && (copies || !even || rows / columns >= FAR_MORE);
    if (columns >= parts * panel && !byRows) {
      int last = (columns - LANES) / part;
      workers.run(
          last + 1,
          i -> {
            int from = i * part;
            int count = i < last ? part : columns - from;
            region(
                alpha,
                a,
                ao,
                ars,
                acs,
                b,
                bo + from * bcs,
                brs,
                bcs,
                beta,
                c,
                co + from,
                ldc,
                rows,
                count,
                depth,
                step,
                byDots);
          });
    } else {
      int height = roundUp((rows + parts - 1) / parts, TILE_ROWS);
      workers.run(
          (rows + height - 1) / height,
          i -> {
            int from = i * height;
            region(
                alpha,
                a,
                ao + from * ars,
                ars,
                acs,
                b,
                bo,
                brs,
                bcs,
                beta,
                c,
                co + from * ldc,
                ldc,
                Math.min(height, rows - from),
                columns,
                depth,
                step,
                byDots);
          });
    }
  }

  /**
   * Whether columns are cut for rows that are copied although few meet them: transposed ones, and
   * so many that not all stay in L2, of which tiles of copies read the next ahead.
   */
  private static boolean cutForCopies(int rows, boolean transposed) {
    return transposed || rows > ROWS;
  }

  /** Columns packed at a time: whole panels, in blocks of nearly equal widths. */
  private static int together(int columns, boolean cutForCopies) {
    int blocks = (columns + COLUMNS - 1) / COLUMNS;
    int panel = ColumnPanels.usual(columns, LANES, cutForCopies) * LANES;
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
      float[] a,
      int ao,
      int ars,
      int acs,
      float[] b,
      int bo,
      int brs,
      int bcs,
      float beta,
      float[] c,
      int co,
      int ldc,
      int rows,
      int columns,
      int depth,
      int step,
      boolean byDots) {
    FloatScratch scratch = FloatScratch.ofThread();
    if (byDots) {
      for (int i = 0; i < rows; i++) {
        FloatDots.row(
            alpha,
            a,
            ao + i * ars,
            acs,
            b,
            bo,
            bcs,
            depth,
            columns,
            beta,
            c,
            co + i * ldc,
            scratch);
      }
      return;
    }
    boolean cutForCopies = cutForCopies(rows, acs != 1);
    int together = together(columns, cutForCopies);
    for (int n = 0; n < columns; n += together) {
      int count = Math.min(together, columns - n);
      var panels = scratch.panels(count, step, cutForCopies);
      boolean inPlace = bcs == 1 && rows < PACKING_PAYS && !panels.narrow();
      float[] packed = inPlace ? NOTHING : scratch.packedColumns(step * panels.packed());
      for (int k = 0; k < depth; k += step) {
        FloatPanelProduct.run(
            alpha,
            a,
            ao + k * acs,
            rows,
            ars,
            acs,
            Math.min(step, depth - k),
            false,
            packed,
            FloatLines.FIRST,
            b,
            bo + k * brs + n * bcs,
            brs,
            bcs,
            inPlace,
            panels,
            0,
            panels.count(),
            k == 0 ? beta : 1,
            c,
            co + n,
            ldc,
            scratch);
      }
    }
  }

  /**
   * Length of the blocks of an inner extent: even, and whole vectors, so that packing meets few odd
   * ends.
   */
  static int depthStep(int depth) {
    int blocks = (depth + DEPTH - 1) / DEPTH;
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

  /** {@code c = beta * c + product} for a dense product. */
  static void spread(
      float[] product, float beta, float[] c, int co, int crs, int ccs, int rows, int columns) {
    for (int i = 0; i < rows; i++) {
      add(product, i * columns, beta, c, co + i * crs, columns, ccs);
    }
  }

  /** A product of nothing is 0. */
  static void scale(float beta, float[] c, int co, int crs, int ccs, int rows, int columns) {
    float[] zeros = new float[columns];
    for (int i = 0; i < rows; i++) {
      add(zeros, 0, beta, c, co + i * crs, columns, ccs);
    }
  }

  static int roundUp(int value, int multiple) {
    return (value + multiple - 1) / multiple * multiple;
  }
}
