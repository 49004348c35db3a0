package org.tapeloop.autograd.spi;

import org.jspecify.annotations.Nullable;

/**
 * The capability to pack the right operand of a product once and multiply by it many times, as a
 * recurrence does with its weights.
 */
public interface MatrixPacking {

  /** Where a matrix is packed in several blocks of columns, each begins with a multiple of this. */
  int COLUMNS_TOGETHER = 64;

  /** A matrix [K, N] in the backend's own order. Valid for the backend that packed it only. */
  interface PackedMatrix {
    /** K, the inner extent. */
    int rows();

    /** N, the columns of the product. */
    int columns();
  }

  /**
   * Parts of arrays that the caller reads or writes soon after a product, those first that it needs
   * first. They may be large and not in any cache.
   */
  interface Upcoming {
    /** No part. */
    Upcoming NOTHING =
        new Upcoming() {
          @Override
          public int parts() {
            return 0;
          }

          @Override
          public Object array(int part) {
            throw new IndexOutOfBoundsException(part);
          }

          @Override
          public int start(int part) {
            throw new IndexOutOfBoundsException(part);
          }

          @Override
          public int length(int part) {
            throw new IndexOutOfBoundsException(part);
          }
        };

    /** How many parts there are. */
    int parts();

    /** The array of a part, such as a {@code float[]}. */
    Object array(int part);

    /** Its first element; it may lie behind the end of the array. */
    int start(int part);

    /** Its number of elements, 0 or more; it may reach behind the end of the array. */
    int length(int part);
  }

  /**
   * Packs b [K, N] of any strides; later changes of b do not show.
   *
   * @param reuse an earlier result of the same extents and element type, overwritten and returned
   *     instead of allocating, or null
   */
  PackedMatrix pack(ArrayView b, @Nullable PackedMatrix reuse);

  /**
   * {@code out = alpha * a b + beta * out} for a [M, K], out [M, N]; the rules of {@link
   * Backend#gemm} hold. A row's bits depend on that row of a only, so that rows may be shared among
   * threads in any way; and a column's on that column of b only, so that each thread may pack a
   * block of columns: a multiple of {@link #COLUMNS_TOGETHER}, or what is left at the end.
   */
  void multiply(double alpha, ArrayView a, PackedMatrix b, double beta, ArrayView out);

  /**
   * {@code out = a b + beta * out} for rows that stand in arrays of the matrix's element type: the
   * product of a time step, without views. A backend that waits for memory longer than for its
   * multiply-adds may bring near meanwhile what the caller needs next.
   *
   * @param a {@code float[]} or {@code double[]}, row i from {@code aStart + i * aStride} on
   * @param rows M
   * @param out like a, row i from {@code outStart + i * outStride} on; shares no element with a
   * @param next what the caller needs next, without influence on the result; valid during the call
   */
  default void multiplyRows(
      Object a,
      int aStart,
      int aStride,
      int rows,
      PackedMatrix b,
      double beta,
      Object out,
      int outStart,
      int outStride,
      Upcoming next) {
    ArrayView left = rows(a, aStart, aStride, rows, b.rows());
    multiply(1, left, b, beta, rows(out, outStart, outStride, rows, b.columns()));
  }

  private static ArrayView rows(Object array, int start, int stride, int rows, int columns) {
    Layout layout = Layout.strided(start, new int[] {rows, columns}, new int[] {stride, 1});
    return array instanceof float[] floats
        ? new FloatView(floats, layout)
        : new DoubleView((double[]) array, layout);
  }
}
