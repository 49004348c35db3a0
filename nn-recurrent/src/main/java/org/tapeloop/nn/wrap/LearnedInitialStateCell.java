package org.tapeloop.nn.wrap;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceRun;
import org.tapeloop.nn.Step;

/**
 * A cell whose initial state is learned, one for all sequences.
 *
 * <p>Parameters: the cell's, and {@code initial_0}, {@code initial_1}, ... [1, ...], one for each
 * tensor of its state, which start as the cell's own initial state.
 *
 * @param <S> the state
 */
public final class LearnedInitialStateCell<S> extends WrappedCell<S> {
  private final S like;
  private final List<Parameter> initial = new ArrayList<>();

  /** Learns where a cell starts. */
  public LearnedInitialStateCell(RecurrentCell<S> inner) {
    super(inner);
    like = inner.initialState(1);
    for (Tensor part : TensorTree.flatten(like)) {
      initial.add(parameter("initial_" + initial.size(), part));
    }
  }

  @Override
  public S initialState(int batch) {
    List<Tensor> parts = new ArrayList<>();
    for (Parameter part : initial) {
      int[] extents = part.shape().extents();
      extents[0] = batch;
      parts.add(part.value().expand(extents));
    }
    return TensorTree.rebuild(like, parts);
  }

  @Override
  BiFunction<Tensor, S, Step<S>> around(SequenceRun run, RecurrentCell<S> cell) {
    return cell::step;
  }
}
