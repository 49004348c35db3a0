package org.tapeloop.autograd.spi;

import org.jspecify.annotations.Nullable;

/**
 * The capability to pack the right operand of a product once and multiply by it many times, as a
 * recurrence does with its weights.
 */
public interface MatrixPacking {

  /** A matrix [K, N] in the backend's own order. Valid for the backend that packed it only. */
  interface PackedMatrix {
    /** K, the inner extent. */
    int rows();

    /** N, the columns of the product. */
    int columns();
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
   * Backend#gemm} hold.
   */
  void multiply(double alpha, ArrayView a, PackedMatrix b, double beta, ArrayView out);
}
