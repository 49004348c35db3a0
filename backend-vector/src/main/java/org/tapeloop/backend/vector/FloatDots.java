package org.tapeloop.backend.vector;

/**
 * One row times a transposed matrix, {@code x W^T} with W [N, K] as weights are stored: a dot
 * product a column.
 *
 * <p>Bound by memory, W being read once. As many dot products as a vector has lanes run together,
 * so that their lanes are summed by pairs of rows and not one by one.
 */
final class FloatDots {
  private static final int LANES = VectorWidth.FLOAT.length();

  private FloatDots() {}

  /**
   * Whether {@link #row} can do a product with b: its columns are contiguous, and enough for a
   * block.
   */
  static boolean suit(int rowStride, int columns) {
    return rowStride == 1 && columns >= LANES;
  }

  /**
   * One row of {@code c = alpha * a b + beta * c}: of a the elements at {@code ao + k*as}, of c
   * those from {@code co} on, and b [depth, columns] with contiguous columns that are {@code ldb}
   * apart.
   */
  static void row(
      float alpha,
      float[] a,
      int ao,
      int as,
      float[] b,
      int bo,
      int ldb,
      int depth,
      int columns,
      float beta,
      float[] c,
      int co,
      FloatScratch scratch) {
    float[] x = a;
    int xo = ao;
    if (as != 1) {
      x = scratch.line(depth);
      xo = 0;
      for (int k = 0; k < depth; k++) {
        x[k] = a[ao + k * as];
      }
    }
    int whole = columns - columns % LANES;
    blocks(x, xo, b, bo, ldb, depth, whole, alpha, beta, c, co, scratch);
    if (whole < columns) {
      // The last block begins early enough to be whole; what it has in common with the one before
      // is dropped.
      int from = columns - LANES;
      float[] side = scratch.side;
      blocks(x, xo, b, bo + from * ldb, ldb, depth, LANES, alpha, 0, side, 0, scratch);
      FloatGemm.add(side, whole - from, beta, c, co + whole, columns - whole, 1);
    }
  }

  /**
   * Whole blocks of columns. What of the inner extent fills no vector is padded with zeros in
   * scratch and added by a second call: masks in the kernel itself made C2 give up registers.
   */
  private static void blocks(
      float[] x,
      int xo,
      float[] b,
      int bo,
      int ldb,
      int depth,
      int columns,
      float alpha,
      float beta,
      float[] out,
      int to,
      FloatScratch scratch) {
    int blocks = columns / LANES;
    int rest = depth % LANES;
    int whole = depth - rest;
    FloatBlocks.dots(blocks, whole, x, xo, b, bo, ldb, alpha, beta, out, to);
    if (rest > 0) {
      float[] ends = scratch.packedColumns((columns + 1) * LANES);
      FloatPack.padded(x, xo + whole, 0, 1, rest, ends, 0);
      FloatPack.padded(b, bo + whole, ldb, columns, rest, ends, LANES);
      FloatBlocks.dots(blocks, LANES, ends, 0, ends, LANES, LANES, alpha, 1, out, to);
    }
  }
}
