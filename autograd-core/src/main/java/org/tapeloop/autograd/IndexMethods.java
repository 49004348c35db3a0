package org.tapeloop.autograd;

/** The part of {@link Tensor} that reads and writes at indices. */
sealed interface IndexMethods permits Tensor {

  private Tensor self() {
    return (Tensor) this;
  }

  /**
   * Rows of this table [V, F]: ids of shape [...] give [..., F].
   *
   * @throws IllegalArgumentException if this is no matrix
   * @throws IndexOutOfBoundsException if an id is not in 0..V-1
   */
  default Tensor embedding(IntTensor ids) {
    return rows(ids, -1);
  }

  /**
   * Rows of this table, where one row is padding: it is read as any other, but its gradient is 0.
   *
   * @param padding the row; negative numbers count from the end
   */
  default Tensor embedding(IntTensor ids, int padding) {
    Tensor table = self();
    int rows = table.rank() == 0 ? 0 : table.extent(0);
    int row = padding < 0 ? padding + rows : padding;
    if (row < 0 || row >= rows) {
      throw new IndexOutOfBoundsException(
          "embedding: padding row %d is not in the table %s".formatted(padding, table.shape()));
    }
    return rows(ids, row);
  }

  private Tensor rows(IntTensor ids, int padding) {
    Tensor table = self();
    if (table.rank() != 2) {
      throw new IllegalArgumentException(
          "embedding: the table must be [rows, features] but has shape " + table.shape());
    }
    if (!ids.isSymbolic()) {
      ids.checkBelow("embedding", table.extent(0));
    }
    return IndexOps.EMBEDDING.apply(new IndexOps.Rows(ids, table.extent(0), padding), table);
  }

  /**
   * {@code out[.., k, ..] = this[.., index[.., k, ..], ..]} along an axis. The index has the rank
   * of this tensor and on the other axes at most its extents.
   *
   * @throws IllegalArgumentException if the index does not fit
   * @throws IndexOutOfBoundsException if an index is outside the axis
   */
  default Tensor gather(int axis, IntTensor index) {
    return IndexOps.GATHER.apply(along("gather", axis, index), self());
  }

  /**
   * A copy of this tensor with {@code source[.., k, ..]} added at {@code index[.., k, ..]} along an
   * axis; repeated indices add up.
   *
   * @param source of the index's shape
   */
  default Tensor scatterAdd(int axis, IntTensor index, Tensor source) {
    if (!source.shape().equals(index.shape())) {
      throw new IllegalArgumentException(
          "scatterAdd: index %s and source %s differ in shape"
              .formatted(index.shape(), source.shape()));
    }
    return IndexOps.SCATTER_ADD.apply(along("scatterAdd", axis, index), self(), source);
  }

  /**
   * {@code out[.., i, ..] = this[.., index[i], ..]}: slices along an axis, in any order and as
   * often as wanted; repeated ones add their gradients.
   *
   * @param index of shape [n]
   * @throws IllegalArgumentException if the index is no vector
   * @throws IndexOutOfBoundsException if an index is outside the axis
   */
  default Tensor indexSelect(int axis, IntTensor index) {
    int normal = self().shape().axis("indexSelect", axis);
    if (index.rank() != 1) {
      throw new IllegalArgumentException(
          "indexSelect: the index must be a vector but has shape " + index.shape());
    }
    int extent = self().extent(normal);
    if (index.isSymbolic() && normal == 0 && self().rank() == 2) {
      return rows(index, -1);
    }
    index.checkBelow("indexSelect", extent);
    return IndexOps.INDEX_SELECT.apply(
        new IndexOps.Slices(normal, index.elements(), extent), self());
  }

  private IndexOps.Along along(String operation, int axis, IntTensor index) {
    Shape whole = self().shape();
    int normal = whole.axis(operation, axis);
    boolean fits = index.rank() == whole.rank();
    for (int k = 0; fits && k < whole.rank(); k++) {
      fits = k == normal || index.extent(k) <= whole.raw()[k];
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "%s: index %s does not fit %s along axis %d"
              .formatted(operation, index.shape(), whole, normal));
    }
    index.checkBelow(operation, whole.raw()[normal]);
    return new IndexOps.Along(normal, index, whole);
  }
}
