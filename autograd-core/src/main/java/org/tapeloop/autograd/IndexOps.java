package org.tapeloop.autograd;

import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Layout;

/** Ops that read or write at given indices. */
final class IndexOps {

  /**
   * Rows of a table.
   *
   * @param rows which, each in 0..tableRows-1
   * @param tableRows how many rows the table has
   * @param padding a row whose gradient is 0, or -1
   */
  record Rows(IntTensor rows, int tableRows, int padding) implements Indexed {

    @Override
    public IntTensor indices() {
      return rows;
    }

    @Override
    public Rows with(IntTensor other) {
      return new Rows(other, tableRows, padding);
    }
  }

  /** table [V, F] at rows of shape R gives [R..., F]. */
  static final TensorOp<Rows> EMBEDDING =
      new TensorOp<>(
          "embedding",
          a -> new Form.TableRows(a.rows()),
          Saves.NOTHING,
          (a, in) -> a.rows().shape().inserted(a.rows().rank(), in[0].extent(-1)),
          (backend, a, in, shape) -> {
            ArrayView out = in[0].dtype().allocate(shape);
            backend.gatherRows(
                in[0].view(), a.rows().elements(), out.with(matrix(out, a.rows().size())));
            return out;
          },
          (s, input) -> IndexOps.EMBEDDING_GRADIENT.apply(s.attributes(), s.g()));

  /** Cotangents [R..., F] added up at their rows of [V, F], the padding row left out. */
  static final TensorOp<Rows> EMBEDDING_GRADIENT =
      new TensorOp<>(
          "embeddingGradient",
          a -> new Form.TableSum(a.rows(), a.padding()),
          Saves.NOTHING,
          (a, in) -> Shape.of(a.tableRows(), in[0].extent(-1)),
          (backend, a, in, shape) -> {
            ArrayView out = in[0].dtype().allocate(shape);
            ArrayView g = in[0].denseView();
            backend.scatterAddRows(g.with(matrix(g, a.rows().size())), a.rows().elements(), out);
            if (a.padding() >= 0) {
              backend.fill(out.with(out.layout().select(0, a.padding())), 0);
            }
            return out;
          },
          (s, input) -> {
            Rows a = s.attributes();
            Tensor g = s.g();
            if (a.padding() >= 0) {
              Tensor keep = Tensor.arange(g.dtype(), 0, a.tableRows(), 1).eq(a.padding()).rsub(1);
              g = g.mul(keep.unsqueeze(1));
            }
            return EMBEDDING.apply(new Rows(a.rows(), a.tableRows(), -1), g);
          });

  /**
   * Single elements along an axis.
   *
   * @param axis the axis that is indexed
   * @param index positions along it, of the shape of the result
   * @param whole the shape of the tensor that is read or written
   */
  record Along(int axis, IntTensor index, Shape whole) {

    /** For each index its position in a dense array of the whole shape. */
    int[] positions() {
      Shape at = index.shape();
      int rank = whole.rank();
      Layout dense = whole.layout();
      int[] positions = new int[index.size()];
      int[] counter = new int[rank];
      for (int i = 0; i < positions.length; i++) {
        int position = 0;
        for (int k = 0; k < rank; k++) {
          position += (k == axis ? index.flat(i) : counter[k]) * dense.stride(k);
        }
        positions[i] = position;
        for (int k = rank - 1; k >= 0 && ++counter[k] == at.raw()[k]; k--) {
          counter[k] = 0;
        }
      }
      return positions;
    }
  }

  /** {@code out[.., k, ..] = x[.., index[.., k, ..], ..]}. */
  static final TensorOp<Along> GATHER =
      new TensorOp<>(
          "gather",
          new Form.Opaque(),
          Saves.NOTHING,
          (a, in) -> a.index().shape(),
          (backend, a, in, shape) -> {
            ArrayView out = in[0].dtype().allocate(shape);
            backend.gatherRows(column(in[0].denseView()), a.positions(), column(out));
            return out;
          },
          (s, input) -> {
            Along a = s.attributes();
            return IndexOps.SCATTER_ADD.apply(a, Tensor.full(s.dtype(), a.whole(), 0), s.g());
          });

  /** Operand 0 with operand 1 added at the indices. */
  static final TensorOp<Along> SCATTER_ADD =
      new TensorOp<>(
          "scatterAdd",
          new Form.Opaque(),
          Saves.NOTHING,
          (a, in) -> a.whole(),
          (backend, a, in, shape) -> {
            ArrayView out = in[0].dtype().allocate(shape);
            backend.copy(in[0].view(), out);
            backend.scatterAddRows(column(in[1].denseView()), a.positions(), column(out));
            return out;
          },
          (s, input) -> input == 0 ? s.g() : GATHER.apply(s.attributes(), s.g()));

  /**
   * Whole slices along an axis.
   *
   * @param axis the axis
   * @param index which slices, each in 0..extent-1
   * @param extent how many there are
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared; made for one call
  record Slices(int axis, int[] index, int extent) {

    /**
     * Row numbers for a dense array of that extent seen as a matrix whose rows are what lies behind
     * the axis.
     */
    int[] rows(Shape shape) {
      int outer = 1;
      for (int k = 0; k < axis; k++) {
        outer *= shape.raw()[k];
      }
      int[] rows = new int[outer * index.length];
      for (int o = 0, at = 0; o < outer; o++) {
        for (int i : index) {
          rows[at++] = o * extent + i;
        }
      }
      return rows;
    }
  }

  /** {@code out[.., i, ..] = x[.., index[i], ..]}. */
  static final TensorOp<Slices> INDEX_SELECT =
      new TensorOp<>(
          "indexSelect",
          new Form.Opaque(),
          Saves.NOTHING,
          (a, in) -> in[0].shape().withExtent(a.axis(), a.index().length),
          (backend, a, in, shape) -> {
            ArrayView out = in[0].dtype().allocate(shape);
            if (shape.size() > 0) {
              int[] rows = a.rows(shape);
              ArrayView x = in[0].denseView();
              int width = shape.size() / rows.length;
              backend.gatherRows(
                  x.with(reshaped(x, in[0].size() / width, width)),
                  rows,
                  out.with(reshaped(out, rows.length, width)));
            }
            return out;
          },
          (s, input) -> IndexOps.INDEX_ADD.apply(s.attributes(), s.g()));

  /** The operand's slices added up at their indices of zeros: the cotangent of a selection. */
  static final TensorOp<Slices> INDEX_ADD =
      new TensorOp<>(
          "indexAdd",
          new Form.Opaque(),
          Saves.NOTHING,
          (a, in) -> in[0].shape().withExtent(a.axis(), a.extent()),
          (backend, a, in, shape) -> {
            ArrayView out = in[0].dtype().allocate(shape);
            if (in[0].size() > 0) {
              int[] rows = a.rows(shape);
              ArrayView x = in[0].denseView();
              int width = in[0].size() / rows.length;
              backend.scatterAddRows(
                  x.with(reshaped(x, rows.length, width)),
                  rows,
                  out.with(reshaped(out, shape.size() / width, width)));
            }
            return out;
          },
          (s, input) -> INDEX_SELECT.apply(s.attributes(), s.g()));

  private IndexOps() {}

  /** The dense array as [rows, everything else]. */
  private static Layout matrix(ArrayView dense, int rows) {
    int columns = rows == 0 ? 0 : dense.layout().size() / rows;
    return reshaped(dense, rows, columns);
  }

  private static ArrayView column(ArrayView dense) {
    return dense.with(reshaped(dense, dense.layout().size(), 1));
  }

  private static Layout reshaped(ArrayView dense, int rows, int columns) {
    return Layout.strided(
        dense.layout().offset(), new int[] {rows, columns}, new int[] {columns, 1});
  }
}
