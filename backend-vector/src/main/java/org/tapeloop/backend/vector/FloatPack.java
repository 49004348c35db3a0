package org.tapeloop.backend.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Copies blocks of operands into the order in which the register tiles read them. Bound by memory.
 */
final class FloatPack {
  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOAT;
  private static final int LANES = SPECIES.length();

  private FloatPack() {}

  /**
   * Packs a panel of the right operand: step k of the inner extent at {@code to + k*width}, columns
   * past the last one 0.
   */
  static void panel(FloatMatrix b, int width, float[] out, int to) {
    int depth = b.rows();
    int columns = b.columns();
    if (b.columnStride() == 1) {
      if (columns == width) {
        copyRows(b.array(), b.offset(), b.rowStride(), depth, width, out, to);
        return;
      }
      for (int k = 0; k < depth; k++) {
        System.arraycopy(b.array(), b.position(k, 0), out, to + k * width, columns);
      }
    } else if (b.rowStride() == 1) {
      transposeRows(b, width, out, to);
    } else {
      gather(b, 0, depth, 0, columns, width, out, to);
    }
    for (int k = 0; k < depth && columns < width; k++) {
      java.util.Arrays.fill(out, to + k * width + columns, to + (k + 1) * width, 0);
    }
  }

  /**
   * Packs a block of the left operand, step k at {@code k * rows}, and returns it as a matrix in
   * scratch.
   */
  static FloatMatrix rows(FloatMatrix a, FloatScratch scratch) {
    int rows = a.rows();
    float[] to = scratch.packedRows(rows * a.columns());
    panel(a.transposed(), rows, to, 0);
    return new FloatMatrix(to, 0, rows, a.columns(), 1, rows);
  }

  private static void copyRows(
      float[] b, int from, int ld, int rows, int width, float[] out, int to) {
    int whole = width - width % LANES;
    for (int k = 0; k < rows; k++) {
      int p = from + k * ld;
      int q = to + k * width;
      for (int j = 0; j < whole; j += LANES) {
        FloatVector.fromArray(SPECIES, b, p + j).intoArray(out, q + j);
      }
      for (int j = whole; j < width; j++) {
        out[q + j] = b[p + j];
      }
    }
  }

  /**
   * Packs a matrix whose columns are contiguous, as weights [N, K] seen as [K, N] are, by square
   * blocks.
   */
  private static void transposeRows(FloatMatrix b, int width, float[] out, int to) {
    int depth = b.rows();
    int columns = b.columns();
    int wholeDepth = depth - depth % LANES;
    int wholeColumns = columns - columns % LANES;
    for (int n = 0; n < wholeColumns; n += LANES) {
      for (int k = 0; k < wholeDepth; k += LANES) {
        FloatBlocks.transpose(
            b.array(), b.position(k, n), b.columnStride(), out, to + k * width + n, width);
      }
    }
    gather(b, wholeDepth, depth, 0, wholeColumns, width, out, to);
    gather(b, 0, depth, wholeColumns, columns, width, out, to);
  }

  private static void gather(
      FloatMatrix b,
      int fromRow,
      int toRow,
      int fromColumn,
      int toColumn,
      int width,
      float[] out,
      int to) {
    float[] array = b.array();
    int step = b.rowStride();
    for (int n = fromColumn; n < toColumn; n++) {
      int p = b.position(fromRow, n);
      for (int k = fromRow; k < toRow; k++, p += step) {
        out[to + k * width + n] = array[p];
      }
    }
  }
}
