package org.tapeloop.nn.wrap;

import java.util.Objects;
import java.util.function.BiFunction;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Linear;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceRun;
import org.tapeloop.nn.Step;

/**
 * A gate between the output of a cell and its input, which are of one size: {@code y' = t * y + (1
 * - t) * x} with {@code t = sigmoid(W x + b)}.
 *
 * <p>Parameters: the cell's, and {@code highway.weight} [I, I], {@code highway.bias} [I], which
 * starts at -1 so that inputs pass at first. Source: Srivastava, Greff and Schmidhuber 2015, arXiv
 * 1505.00387; between recurrent layers Zhang et al. 2016, arXiv 1510.08983.
 *
 * @param <S> the state
 */
public final class HighwayCell<S> extends WrappedCell<S> {
  private final Linear gate;

  /** A highway connection around a cell of {@code size} inputs and outputs. */
  public HighwayCell(RecurrentCell<S> inner, int size, Generator generator) {
    super(inner);
    gate = child("highway", new Linear(size, size, generator));
    Objects.requireNonNull(gate.bias()).set(Tensor.full(DType.F32, Shape.of(size), -1));
  }

  @Override
  BiFunction<Tensor, S, Step<S>> around(SequenceRun run, RecurrentCell<S> cell) {
    return (x, state) -> {
      Step<S> step = cell.step(x, state);
      ResidualCell.requireAlike("highway", step.output(), x);
      Tensor t = gate.forward(x).sigmoid();
      return new Step<>(x.add(t.mul(step.output().sub(x))), step.state());
    };
  }
}
