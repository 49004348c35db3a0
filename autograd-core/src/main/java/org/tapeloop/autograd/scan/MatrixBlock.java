package org.tapeloop.autograd.scan;

import java.util.List;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Layout;

/**
 * A block of a captured matrix.
 *
 * @param capture number of the matrix
 * @param transposed whether the block is one of the matrix transposed
 * @param row its first row
 * @param rows how many
 * @param column its first column
 * @param columns how many
 */
record MatrixBlock(int capture, boolean transposed, int row, int rows, int column, int columns) {

  /** The rows from {@code first} on. */
  MatrixBlock rows(int first, int count) {
    return new MatrixBlock(capture, transposed, row + first, count, column, columns);
  }

  /** The columns from {@code first} on. */
  MatrixBlock columns(int first, int count) {
    return new MatrixBlock(capture, transposed, row, rows, column + first, count);
  }

  /** The same numbers with rows and columns exchanged. */
  MatrixBlock transpose() {
    return new MatrixBlock(capture, !transposed, column, columns, row, rows);
  }

  /**
   * The elements.
   *
   * @param layouts gives the view its layout
   */
  ArrayView view(List<ArrayView> captures, KnownLayouts layouts) {
    ArrayView whole = captures.get(capture);
    Layout layout = whole.layout();
    int down = layout.stride(transposed ? 1 : 0);
    int across = layout.stride(transposed ? 0 : 1);
    int start = layout.offset() + row * down + column * across;
    return whole.with(layouts.matrix(start, rows, columns, down, across));
  }

  @Override
  public String toString() {
    return "#%d%s[%d+%d, %d+%d]"
        .formatted(capture, transposed ? "^T" : "", row, rows, column, columns);
  }
}
