package org.tapeloop.nn.wrap;

import java.util.function.BiFunction;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceRun;
import org.tapeloop.nn.Step;

/**
 * Adds the input to the output of a cell of as many outputs: {@code y' = y + x}.
 *
 * <p>Source: He et al. 2016, arXiv 1512.03385; for recurrent layers Wu et al. 2016, arXiv
 * 1609.08144.
 *
 * @param <S> the state
 */
public final class ResidualCell<S> extends WrappedCell<S> {

  /** A residual connection around a cell. */
  public ResidualCell(RecurrentCell<S> inner) {
    super(inner);
  }

  @Override
  BiFunction<Tensor, S, Step<S>> around(SequenceRun run, RecurrentCell<S> cell) {
    return (x, state) -> {
      Step<S> step = cell.step(x, state);
      requireAlike("residual", step.output(), x);
      return new Step<>(step.output().add(x), step.state());
    };
  }

  /** One of a single feature would stretch to the other. */
  static void requireAlike(String where, Tensor output, Tensor input) {
    if (!output.shape().equals(input.shape())) {
      throw new IllegalArgumentException(
          "%s: output %s and input %s differ".formatted(where, output.shape(), input.shape()));
    }
  }
}
