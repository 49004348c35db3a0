package org.tapeloop.backend.openblas;

import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.Layout;

/**
 * The last two axes of a layout as BLAS sees a matrix: rows with unit stride, or, transposed,
 * columns with unit stride.
 *
 * @param transposed whether the rows in memory are the columns of the matrix
 * @param ld distance between the rows in memory
 */
record Matrix(boolean transposed, int ld) {

  /**
   * The form of a layout, or null where neither axis has a unit stride, or rows overlap or run
   * backwards.
   */
  static @Nullable Matrix of(Layout layout) {
    int rank = layout.rank();
    int rows = layout.extent(rank - 2);
    int columns = layout.extent(rank - 1);
    int rowStride = layout.stride(rank - 2);
    int columnStride = layout.stride(rank - 1);
    if ((columnStride == 1 || columns == 1) && (rowStride >= columns || rows == 1)) {
      return new Matrix(false, rows == 1 ? columns : rowStride);
    }
    if ((rowStride == 1 || rows == 1) && (columnStride >= rows || columns == 1)) {
      return new Matrix(true, columns == 1 ? rows : columnStride);
    }
    return null;
  }

  /** Where a block that begins at a row and a column lies, from the start of the matrix. */
  int position(int row, int column) {
    return transposed ? row + column * ld : row * ld + column;
  }

  Matrix transpose() {
    return new Matrix(!transposed, ld);
  }
}
