package org.tapeloop.nn;

import org.tapeloop.autograd.Tensor;

/**
 * One step of a recurrent network: everything else, from layers over sequences to stacks, streaming
 * and compilation, follows from these two methods.
 *
 * <p>A cell with parameters extends {@link Layer} as well. A step is made of tensor operations; to
 * be compiled it must not look at values.
 *
 * <p>Compiled, a step runs once a call, on symbols, and stands for all time steps. Whatever else it
 * reads or changes is frozen at that: a counter in a field, a number of {@link java.util.Random}, a
 * branch on either. What changes from step to step belongs in the state, or in what {@link
 * #forSequence} draws.
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
   * @return the output, and a state of the same shapes: layers refuse another, while a {@link
   *     org.tapeloop.autograd.scan.Scan} runs a state that grows step by step
   */
  Step<S> step(Tensor x, S state);

  /**
   * The cell for one run over sequences; layers ask for it before the first step. What is drawn or
   * computed once a sequence and not at each step, a dropout mask or a normalised weight, is drawn
   * or computed here, and the returned cell uses it. By default this cell itself.
   */
  default RecurrentCell<S> forSequence(SequenceRun run) {
    return this;
  }
}
