package org.tapeloop.nn.wrap;

import java.util.function.BiFunction;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.LayerNorm;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceRun;
import org.tapeloop.nn.Step;

/**
 * Layer normalisation of a cell's outputs; the state stays as it is.
 *
 * <p>Parameters: the cell's, and {@code norm.weight}, {@code norm.bias} [R].
 *
 * @param <S> the state
 */
public final class OutputNormCell<S> extends WrappedCell<S> {
  private final LayerNorm norm;

  /** Normalises the outputs of a cell, of which there are {@code size}. */
  public OutputNormCell(RecurrentCell<S> inner, int size) {
    super(inner);
    norm = child("norm", new LayerNorm(size));
  }

  @Override
  BiFunction<Tensor, S, Step<S>> around(SequenceRun run, RecurrentCell<S> cell) {
    return (x, state) -> {
      Step<S> step = cell.step(x, state);
      return new Step<>(norm.forward(step.output()), step.state());
    };
  }
}
