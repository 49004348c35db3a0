package org.tapeloop.nn;

import org.tapeloop.autograd.Tensor;

/**
 * One step of a recurrent network: everything else, from layers over sequences to stacks, streaming
 * and compilation, follows from these two methods.
 *
 * <p>A cell with parameters extends {@link Layer} as well. A step is made of tensor operations; to
 * be compiled it must not look at values.
 *
 * @param <S> the state: a tensor, a record of tensors, or any {@link
 *     org.tapeloop.autograd.TensorTree}; each tensor has the batch as its first axis
 */
public interface RecurrentCell<S> {

  /** The state before the first step, usually zeros [batch, H]. */
  S initialState(int batch);

  /**
   * One step for a batch.
   *
   * @param x the input [B, I]
   * @param state the state after the step before
   */
  Step<S> step(Tensor x, S state);
}
