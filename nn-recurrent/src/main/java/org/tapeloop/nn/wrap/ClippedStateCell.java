package org.tapeloop.nn.wrap;

import java.util.function.BiFunction;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceRun;
import org.tapeloop.nn.Step;

/**
 * Clips every element of the state to [-bound, bound] after each step. An output that is one of the
 * state's tensors is that of the state. The gradient is 0 where an element was clipped.
 *
 * <p>Source: the cell clipping of Sak, Senior and Beaufays 2014, arXiv 1402.1128.
 *
 * @param <S> the state
 */
public final class ClippedStateCell<S> extends WrappedCell<S> {
  private final double bound;

  /**
   * Clips the state of a cell.
   *
   * @param bound positive
   */
  public ClippedStateCell(RecurrentCell<S> inner, double bound) {
    super(inner);
    this.bound = requirePositive("clipped state", bound);
  }

  static double requirePositive(String what, double bound) {
    if (!(bound > 0)) {
      throw new IllegalArgumentException(what + ": bound must be positive, not " + bound);
    }
    return bound;
  }

  @Override
  BiFunction<Tensor, S, Step<S>> around(SequenceRun run, RecurrentCell<S> cell) {
    return (x, state) -> {
      Step<S> step = cell.step(x, state);
      S clipped = TensorTree.map(step.state(), t -> t.clamp(-bound, bound));
      int at = TensorTree.flatten(step.state()).indexOf(step.output());
      Tensor output = at < 0 ? step.output() : TensorTree.flatten(clipped).get(at);
      return new Step<>(output, clipped);
    };
  }
}
