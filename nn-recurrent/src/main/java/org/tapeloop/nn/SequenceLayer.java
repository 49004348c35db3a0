package org.tapeloop.nn;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Tensor;

/**
 * A layer over whole sequences, time first.
 *
 * @param <S> its state, see {@link RecurrentCell}
 */
public interface SequenceLayer<S> {

  /** The state before the first step, when none is given. */
  S initialState(int batch);

  /**
   * Runs over a batch of sequences.
   *
   * @param x the inputs [T, B, I], T at least 1
   * @param lengths of the sequences, or null if all have T steps
   * @param initial the state to start from, or null for {@link #initialState}
   * @return outputs [T, B, R], zeros in padding, and each sequence's state at its own last step
   * @throws IllegalArgumentException if x is not of rank 3 or has no steps, or the lengths do not
   *     fit
   */
  SequenceOutput<S> forward(Tensor x, @Nullable Lengths lengths, @Nullable S initial);

  /**
   * The layer's step, for whoever has the steps one at a time: {@link StreamingSession}.
   *
   * @throws UnsupportedOperationException if the layer needs later steps first, as a backward one
   */
  default RecurrentCell<S> asCell() {
    throw new UnsupportedOperationException(
        getClass().getSimpleName() + " does not run one step at a time");
  }

  /**
   * What a run over full sequences from the initial state does, for a person to read: the plan that
   * {@link org.tapeloop.autograd.scan.Scan#explain} prints, of each part, with the names of its
   * parameters. In training it draws masks as a run does, so that those of later runs are others.
   *
   * @param x the inputs [T, B, I]
   * @throws org.tapeloop.autograd.scan.NotCompilableException if no plan can be made; the message
   *     names the operation
   */
  String explain(Tensor x);

  /** Runs over full sequences from the initial state. */
  default SequenceOutput<S> forward(Tensor x) {
    return forward(x, null, null);
  }

  /**
   * Runs over sequences of several lengths from the initial state.
   *
   * @param x the inputs [T, B, I]
   * @param lengths of the sequences
   * @throws NullPointerException if there are no lengths: {@link #forward(Tensor)} needs none
   */
  default SequenceOutput<S> forward(Tensor x, Lengths lengths) {
    Objects.requireNonNull(lengths, "forward: the lengths are null; forward(x) needs none");
    return forward(x, lengths, null);
  }

  /**
   * Runs over full sequences from a state, for truncated backpropagation with {@code
   * TensorTree.detach}.
   *
   * @throws NullPointerException if the state is null: without one, {@link #forward(Tensor)} starts
   *     from the layer's own
   */
  default SequenceOutput<S> forward(Tensor x, S initial) {
    Objects.requireNonNull(initial, "forward: the initial state is null; forward(x) needs none");
    return forward(x, null, initial);
  }
}
