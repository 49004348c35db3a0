package org.tapeloop.autograd.spi;

import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * A set of kernels over strided heap arrays: what a compute backend implements.
 *
 * <p>Rules for every kernel (the conformance suite numbers them in {@code
 * docs/backend-contract.md}):
 *
 * <ul>
 *   <li>A kernel writes each element of {@code out} exactly as its view addresses them, and nothing
 *       else: neither operands nor array positions outside the view change.
 *   <li>All views of one call have one element type. {@code out} never has a stride 0 on an axis
 *       longer than 1; operands may, and may have negative strides. Extents may be 0: the kernel
 *       then writes nothing (a reduction writes its identity).
 *   <li>In elementwise kernels {@code out} may be the very view of an operand (same array, same
 *       layout). Otherwise {@code out} shares no element with an operand.
 *   <li>The caller has checked extents, so kernels need not; broadcast operands arrive with stride
 *       0 and the extents of {@code out}.
 *   <li>The same operands give the same bits, whatever the number of threads.
 *   <li>Kernels may be called from several threads at once; they keep no view after returning.
 *   <li>NaN and infinities propagate as the scalar meaning of the kernel says.
 * </ul>
 */
public interface Backend {

  /** The provider's name: {@code reference}, {@code vector}, {@code openblas}. */
  String name();

  /** One line for a person: vector width, library and core type, threads. */
  String description();

  /** The number of threads a kernel may use. */
  int threads();

  /** {@code out = value}. */
  void fill(ArrayView out, double value);

  /** {@code out = in}, extents equal, strides arbitrary. */
  void copy(ArrayView in, ArrayView out);

  /** {@code out = kernel(x)} by element. */
  void unary(UnaryKernel kernel, ArrayView x, ArrayView out);

  /** {@code out = kernel(a, b)} by element. */
  void binary(BinaryKernel kernel, ArrayView a, ArrayView b, ArrayView out);

  /** {@code out = condition != 0 ? a : b} by element. A NaN condition counts as not 0. */
  void select(ArrayView condition, ArrayView a, ArrayView b, ArrayView out);

  /**
   * Reduces along every axis where {@code out} has extent 1 and {@code x} has not; the ranks are
   * equal.
   *
   * <p>The error of a sum is at most that of pairwise or blocked summation: {@code (32 + log2 n) *
   * ulp * sum |x|}.
   */
  void reduce(ReduceKernel kernel, ArrayView x, ArrayView out);

  /**
   * {@code out = alpha * a b + beta * out} for a [..., M, K], b [..., K, N], out [..., M, N];
   * leading axes are equal batch axes.
   *
   * <p>With {@code beta} 0 the old {@code out} is not read, so NaN there does not spread. With K =
   * 0 the product is 0.
   */
  void gemm(double alpha, ArrayView a, ArrayView b, double beta, ArrayView out);

  /**
   * {@code out_i = alpha * a b_i + beta * out_i} for matrices, as many as there are in the lists,
   * with the bits that {@link #gemm(double, ArrayView, ArrayView, double, ArrayView) gemm} gives
   * one by one. A backend that copies the left operand may do so once for all of them.
   */
  default void gemm(
      double alpha, ArrayView a, List<ArrayView> b, double beta, List<ArrayView> out) {
    for (int i = 0; i < b.size(); i++) {
      gemm(alpha, a, b.get(i), beta, out.get(i));
    }
  }

  /**
   * {@code out[i, :] = table[rows[i], :]} for table [V, F], out [n, F].
   *
   * @param rows n row numbers in 0..V-1
   */
  void gatherRows(ArrayView table, int[] rows, ArrayView out);

  /**
   * {@code out[rows[i], :] += source[i, :]} for source [n, F], out [V, F], in the order of i:
   * repeated rows add up.
   *
   * @param rows n row numbers in 0..V-1
   */
  void scatterAddRows(ArrayView source, int[] rows, ArrayView out);

  /**
   * {@code out = softmax(x)} along the last axis, with the largest element of each row subtracted
   * first.
   */
  default void softmax(ArrayView x, ArrayView out) {
    RowKernels.softmax(this, x, out);
  }

  /**
   * {@code out = log(softmax(x))} along the last axis, with the largest element of each row
   * subtracted first.
   */
  default void logSoftmax(ArrayView x, ArrayView out) {
    RowKernels.logSoftmax(this, x, out);
  }

  /** {@code out[..., i, ...] = x[..., 0, ...] + ... + x[..., i, ...]} along one axis. */
  default void cumulativeSum(ArrayView x, int axis, ArrayView out) {
    RowKernels.cumulativeSum(this, x, axis, out);
  }

  /**
   * Runs {@code task} for 0..tasks-1, in any order and on any of the backend's threads, and returns
   * when all are done. Kernels that a task calls run on the thread of that task alone.
   *
   * <p>If tasks throw, the others run all the same and one of the exceptions is thrown on.
   */
  default void runAll(int tasks, IntConsumer task) {
    RuntimeException failure = null;
    for (int i = 0; i < tasks; i++) {
      try {
        task.accept(i);
      } catch (RuntimeException e) {
        failure = failure == null ? e : failure;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Products with a matrix packed once and used many times, where the backend has them. */
  default Optional<MatrixPacking> matrixPacking() {
    return Optional.empty();
  }

  /** Fused programs of elementwise kernels; by default each instruction is a kernel call. */
  default RowPrograms rowPrograms() {
    return new ComposedRowPrograms(this);
  }
}
