package org.tapeloop.autograd;

import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * What an op is made of, for whoever plans its execution instead of calling it: a compiler asks
 * this, never the name.
 */
public sealed interface Form {

  /** An elementwise kernel of one operand. */
  record Unary(UnaryKernel kernel) implements Form {}

  /** An elementwise kernel of two broadcast operands. */
  record Binary(BinaryKernel kernel) implements Form {}

  /** The elementwise choice of the second or third operand by the first. */
  record Select() implements Form {}

  /** A reduction along the axes in the op's attributes. */
  record Reduce(ReduceKernel kernel) implements Form {}

  /** A matrix product of the two operands, batched along leading axes. */
  record Product() implements Form {}

  /** {@code x W^T + b} with operands x, W and, where there are three, b. */
  record Affine() implements Form {}

  /** Another view of the operand's own array; nothing is computed. */
  record View() implements Form {}

  /** The operand's elements in a new dense array. */
  record Copy() implements Form {}

  /** Several operands side by side along an axis. */
  record Join() implements Form {}

  /** Anything else: only the op itself knows how to compute it. */
  record Opaque() implements Form {}
}
