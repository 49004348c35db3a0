package org.tapeloop.nn.wrap;

import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceRun;
import org.tapeloop.nn.Step;

/**
 * Dropout of inputs and outputs whose mask is the same at all steps of a sequence, in training.
 *
 * <p>Source: Gal and Ghahramani 2016, arXiv 1512.05287; the state has {@link RecurrentDropoutCell}.
 *
 * @param <S> the state
 */
public final class VariationalDropoutCell<S> extends WrappedCell<S> {
  private final double input;
  private final double output;
  private final Generator generator;

  /**
   * Dropout around a cell.
   *
   * @param input the probability of dropping an element of x, in [0, 1)
   * @param output that of dropping an element of the output
   * @param generator where masks come from: two streams a sequence
   */
  public VariationalDropoutCell(
      RecurrentCell<S> inner, double input, double output, Generator generator) {
    super(inner);
    this.input = Masks.requireProbability("variational dropout", input);
    this.output = Masks.requireProbability("variational dropout", output);
    this.generator = generator;
  }

  @Override
  BiFunction<Tensor, S, Step<S>> around(SequenceRun run, RecurrentCell<S> cell) {
    if (!isTraining()) {
      return cell::step;
    }
    UnaryOperator<Tensor> in = new Masks(input, generator.next());
    UnaryOperator<Tensor> out = new Masks(output, generator.next());
    return (x, state) -> {
      Step<S> step = cell.step(in.apply(x), state);
      return new Step<>(out.apply(step.output()), step.state());
    };
  }
}
