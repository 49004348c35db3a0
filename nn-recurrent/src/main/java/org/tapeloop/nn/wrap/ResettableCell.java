package org.tapeloop.nn.wrap;

import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceRun;
import org.tapeloop.nn.Step;

/**
 * A cell that can start anew in the middle of a sequence, where a document ends or an episode.
 *
 * <pre>{@code
 * cell.resetting(resets, () -> layer.forward(x))
 * }</pre>
 *
 * @param <S> the state
 */
public final class ResettableCell<S> extends WrappedCell<S> {
  private final ScopedValue<Tensor> resets = ScopedValue.newInstance();

  /** Makes a cell resettable. */
  public ResettableCell(RecurrentCell<S> inner) {
    super(inner);
  }

  /**
   * Runs the body with resets: before a step where the tensor is not 0, that sequence's state
   * becomes the initial one of the cell inside: a {@link LearnedInitialStateCell} belongs there.
   *
   * @param at [T, B], time as in the inputs, also for a backward layer
   * @return what the body returns
   */
  public <R> R resetting(Tensor at, Supplier<R> body) {
    return ScopedValue.where(resets, at).call(body::get);
  }

  @Override
  BiFunction<Tensor, S, Step<S>> around(SequenceRun run, RecurrentCell<S> cell) {
    @Nullable Supplier<Tensor> now =
        resets.isBound() ? run.eachStep(resets.get().detach().to(run.dtype()).unsqueeze(-1)) : null;
    S initial = initialState(run.batch());
    return now == null
        ? cell::step
        : (x, state) -> cell.step(x, TensorTree.where(now.get(), initial, state));
  }
}
