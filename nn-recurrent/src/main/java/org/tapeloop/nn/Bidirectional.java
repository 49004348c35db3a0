package org.tapeloop.nn;

import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Tensor;

/**
 * Two cells over the same sequences, one in each direction; the outputs stand side by side: [T, B,
 * 2R], forward first.
 *
 * <p>Parameters of the backward cell carry the suffix {@code _reverse}, as in PyTorch. Source:
 * Schuster and Paliwal 1997.
 */
public final class Bidirectional<S> extends Layer implements SequenceLayer<Directions<S>> {
  private final Recurrent<S> forward;
  private final Recurrent<S> backward;

  /** Two cells with parameters of their own. */
  public Bidirectional(RecurrentCell<S> forward, RecurrentCell<S> backward) {
    this.forward = child(Recurrent.forward(forward), UnaryOperator.identity());
    this.backward = child(Recurrent.backward(backward), name -> name + "_reverse");
  }

  @Override
  public Directions<S> initialState(int batch) {
    return new Directions<>(forward.initialState(batch), backward.initialState(batch));
  }

  @Override
  public SequenceOutput<Directions<S>> forward(
      Tensor x, @Nullable Lengths lengths, @Nullable Directions<S> initial) {
    var ahead = forward.forward(x, lengths, initial == null ? null : initial.forward());
    var back = backward.forward(x, lengths, initial == null ? null : initial.backward());
    return new SequenceOutput<>(
        Tensor.cat(List.of(ahead.output(), back.output()), -1),
        new Directions<>(ahead.state(), back.state()));
  }
}
