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
    blocks(x, xo, b.part(0, depth, 0, whole), alpha, beta, c.array(), c.position(row, 0), scratch);
    if (whole < b.columns()) {
      // The last block begins early enough to be whole; what it has in common with the one before
      // is dropped.
      int from = b.columns() - LANES;
      float[] side = scratch.side;
      blocks(x, xo, b.part(0, depth, from, LANES), alpha, 0, side, 0, scratch);
      FloatGemm.add(
          side, whole - from, beta, c.array(), c.position(row, whole), b.columns() - whole, 1);
    }
  }

  /**
   * Whole blocks of columns. What of the inner extent fills no vector is padded with zeros in
   * scratch and added by a second call: masks in the kernel itself made C2 give up registers.
   */
  private static void blocks(
      float[] x,
      int xo,
      FloatMatrix b,
      float alpha,
      float beta,
      float[] out,
      int to,
      FloatScratch scratch) {
    int blocks = b.columns() / LANES;
    int rest = b.rows() % LANES;
    int depth = b.rows() - rest;
    FloatBlocks.dots(
        blocks, depth, x, xo, b.array(), b.offset(), b.columnStride(), alpha, beta, out, to);
    if (rest > 0) {
      float[] ends = scratch.packedColumns((b.columns() + 1) * LANES);
      FloatPack.padded(x, xo + depth, 0, 1, rest, ends, 0);
      FloatPack.padded(
          b.array(), b.position(depth, 0), b.columnStride(), b.columns(), rest, ends, LANES);
      FloatBlocks.dots(blocks, LANES, ends, 0, ends, LANES, LANES, alpha, 1, out, to);
    }
  }
}
