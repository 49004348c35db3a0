package org.tapeloop.backend.vector;

import org.tapeloop.autograd.spi.FloatView;

/** A matrix [rows, columns] in an array, any strides. */
@SuppressWarnings("ArrayRecordComponent") // borrowed for one call, never compared
record FloatMatrix(
    float[] array, int offset, int rows, int columns, int rowStride, int columnStride) {

  /** The last two axes of a view. */
  static FloatMatrix of(FloatView view) {
    return at(view, view.layout().offset());
  }

  /** The last two axes of a view, beginning at a position of its array. */
  static FloatMatrix at(FloatView view, int offset) {
    var layout = view.layout();
    int row = layout.rank() - 2;
    return new FloatMatrix(
        view.array(),
        offset,
        layout.extent(row),
        layout.extent(row + 1),
        layout.stride(row),
        layout.stride(row + 1));
  }

  FloatMatrix transposed() {
    return new FloatMatrix(array, offset, columns, rows, columnStride, rowStride);
  }

  /** Some rows and columns of this. */
  FloatMatrix part(int row, int rowCount, int column, int columnCount) {
    return new FloatMatrix(
        array, position(row, column), rowCount, columnCount, rowStride, columnStride);
  }

  int position(int row, int column) {
    return offset + row * rowStride + column * columnStride;
  }
}
