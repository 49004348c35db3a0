package org.tapeloop.nn.wrap;

import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceRun;
import org.tapeloop.nn.Step;

/**
 * A cell that does something before or after the steps of another, whose state and names of
 * parameters it keeps. A step by itself counts as a sequence.
 *
 * @param <S> the state
 */
abstract class WrappedCell<S> extends Layer implements RecurrentCell<S> {
  private final RecurrentCell<S> inner;

  WrappedCell(RecurrentCell<S> inner) {
    this.inner = part(inner, UnaryOperator.identity());
  }

  /** The step of this cell, for a run of the inner one. */
  abstract BiFunction<Tensor, S, Step<S>> around(SequenceRun run, RecurrentCell<S> cell);

  /** The cell inside. */
  public final RecurrentCell<S> inner() {
    return inner;
  }

  @Override
  public S initialState(int batch) {
    return inner.initialState(batch);
  }

  @Override
  public final Step<S> step(Tensor x, S state) {
    return SequenceRun.ofOneStep(this, x, state);
  }

  @Override
  public RecurrentCell<S> forSequence(SequenceRun run) {
    return SequenceRun.prepared(this, around(run, inner.forSequence(run)));
  }
}
