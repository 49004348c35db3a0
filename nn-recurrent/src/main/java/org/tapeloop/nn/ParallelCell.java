package org.tapeloop.nn;

import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Tensor;

/**
 * A cell whose recurrence is linear in the state, so that all steps can be computed at once; see
 * {@link ParallelRecurrent}.
 *
 * @param <S> the state
 */
public interface ParallelCell<S> extends RecurrentCell<S> {

  /**
   * What the steps one after the other give, up to rounding.
   *
   * @param x inputs [T, B, I], zeros in padding
   * @param running [T, B, 1], 1 where a step belongs to its sequence and 0 in padding, where the
   *     state stays; null if there is none
   * @return outputs [T, B, R], anything in padding, and each sequence's state at its own last step
   */
  SequenceOutput<S> steps(Tensor x, S initial, @Nullable Tensor running);
}
