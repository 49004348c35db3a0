package org.tapeloop.autograd;

import java.util.List;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * What an op is made of, for whoever plans its execution instead of calling it: a compiler asks
 * this, never the name.
 *
 * <p>Axes count from 0.
 */
public sealed interface Form {

  /** An elementwise kernel of one operand. */
  record Unary(UnaryKernel kernel) implements Form {}

  /** An elementwise kernel of two broadcast operands. */
  record Binary(BinaryKernel kernel) implements Form {}

  /** The elementwise choice of the second or third operand by the first. */
  record Select() implements Form {}

  /**
   * A reduction.
   *
   * @param axes the reduced axes, ascending
   * @param keepDim whether they stay with extent 1
   */
  record Reduce(ReduceKernel kernel, List<Integer> axes, boolean keepDim) implements Form {}

  /**
   * Powers of e along the last axis, divided by their sum.
   *
   * @param logarithm whether their logarithms are meant
   */
  record Softmax(boolean logarithm) implements Form {}

  /** The logarithm of the sum of powers of e along axes, ascending. */
  record LogSumExp(List<Integer> axes, boolean keepDim) implements Form {}

  /** The last axis with mean 0 and variance 1; epsilon is added to the variance first. */
  record Standardise(double epsilon) implements Form {}

  /** {@code 1 / sqrt(var + epsilon)} along the last axis, which stays with extent 1. */
  record InverseDeviation(double epsilon) implements Form {}

  /**
   * The cotangent of {@link Standardise} from that of its result, the result, and the inverse
   * deviation.
   */
  record StandardiseGradient() implements Form {}

  /** A matrix product of the two operands, batched along leading axes. */
  record Product() implements Form {}

  /** {@code x W^T + b} with operands x, W and, where there are three, b. */
  record Affine() implements Form {}

  /** The operand under another shape, in the same row-major order. */
  record Reshape() implements Form {}

  /** Axis k of the result is axis {@code order[k]} of the operand. */
  record Permute(List<Integer> order) implements Form {}

  /** The operand stretched to the result's shape. */
  record Expand() implements Form {}

  /** Every {@code step}-th element of an axis, {@code length} of them from {@code start}. */
  record Slice(int axis, int start, int step, int length) implements Form {}

  /** One index of an axis, which is dropped. */
  record Pick(int axis, int index) implements Form {}

  /** Adjacent pieces of the given extents along an axis, one an output. */
  record Split(int axis, List<Integer> sizes) implements Form {}

  /** Zeros, but for the operand in place of a slice of the result. */
  record Embed(int axis, int start, int step, int length) implements Form {}

  /** The operands side by side along an axis. */
  record Join(int axis) implements Form {}

  /** Rows of the operand, a table [V, F]: indices of shape R give [R..., F]. */
  record TableRows(IntTensor indices) implements Form {}

  /**
   * The operand [R..., F] added up at those rows of zeros [V, F] that indices of shape R name.
   *
   * @param padding a row that stays 0, or -1
   */
  record TableSum(IntTensor indices, int padding) implements Form {}

  /** The operand itself. */
  record Identity() implements Form {}

  /** Anything else: only the op itself knows how to compute it. */
  record Opaque() implements Form {}
}
