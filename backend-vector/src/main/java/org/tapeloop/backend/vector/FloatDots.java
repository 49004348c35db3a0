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
  static boolean suit(FloatMatrix b) {
    return b.rowStride() == 1 && b.columns() >= LANES;
  }

  /** {@code c[row, :] = alpha * a[row, :] b + beta * c[row, :]}. */
  static void row(
      float alpha,
      FloatMatrix a,
      int row,
      FloatMatrix b,
      float beta,
      FloatMatrix c,
      FloatScratch scratch) {
    int depth = b.rows();
    float[] x = a.array();
    int xo = a.position(row, 0);
    if (a.columnStride() != 1) {
      float[] line = scratch.line(depth);
      for (int k = 0; k < depth; k++) {
        line[k] = x[xo + k * a.columnStride()];
      }
      x = line;
      xo = 0;
    }
    int whole = b.columns() - b.columns() % LANES;
    FloatBlocks.dots(
        whole / LANES,
        depth,
        x,
        xo,
        b.array(),
        b.offset(),
        b.columnStride(),
        alpha,
        beta,
        c.array(),
        c.position(row, 0));
    if (whole < b.columns()) {
      // The last block begins early enough to be whole; what it has in common with the one before
      // is dropped.
      int from = b.columns() - LANES;
      FloatBlocks.dots(
          1,
          depth,
          x,
          xo,
          b.array(),
          b.position(0, from),
          b.columnStride(),
          alpha,
          0,
          scratch.side,
          0);
      FloatGemm.add(
          scratch.side,
          whole - from,
          beta,
          c.array(),
          c.position(row, whole),
          b.columns() - whole,
          1);
    }
  }
}
