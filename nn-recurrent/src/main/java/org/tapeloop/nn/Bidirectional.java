package org.tapeloop.nn;

import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.scan.Scan;

/**
 * Two cells over the same sequences, one in each direction; the outputs stand side by side: [T, B,
 * 2R], forward first. Small batches run both directions at the same time where there are threads.
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
  public RecurrentCell<Directions<S>> asCell() {
    throw new UnsupportedOperationException(
        "a bidirectional layer starts at both ends; it does not run one step at a time");
  }

  @Override
  public String explain(Tensor x) {
    return "== forward ==\n%s\n== backward ==\n%s"
        .formatted(forward.explain(x), backward.explain(x));
  }

  @Override
  public SequenceOutput<Directions<S>> forward(
      Tensor x, @Nullable Lengths lengths, @Nullable Directions<S> initial) {
    var ahead = forward.run(x, lengths, initial == null ? null : initial.forward());
    var back = backward.run(x, lengths, initial == null ? null : initial.backward());
    var results = Scan.together(List.of(ahead.call(), back.call()));
    SequenceOutput<S> first = ahead.output(results.get(0));
    SequenceOutput<S> second = back.output(results.get(1));
    return new SequenceOutput<>(
        Tensor.cat(List.of(first.output(), second.output()), -1),
        new Directions<>(first.state(), second.state()));
  }
}
