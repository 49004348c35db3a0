package org.tapeloop.nn;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Tensor;

/**
 * A cell with a linear recurrence run over all steps of its sequences at once: the results of
 * {@link Recurrent} up to rounding, without one operation after the other.
 */
public final class ParallelRecurrent<S> extends Layer implements SequenceLayer<S> {
  private final ParallelCell<S> cell;
  private final boolean reverse;

  private ParallelRecurrent(ParallelCell<S> cell, boolean reverse) {
    this.cell = part(cell, UnaryOperator.identity());
    this.reverse = reverse;
  }

  /** The cell run from the first step to the last. */
  public static <S> ParallelRecurrent<S> forward(ParallelCell<S> cell) {
    return new ParallelRecurrent<>(cell, false);
  }

  /** The cell run from the last step to the first. */
  public static <S> ParallelRecurrent<S> backward(ParallelCell<S> cell) {
    return new ParallelRecurrent<>(cell, true);
  }

  @Override
  public S initialState(int batch) {
    return cell.initialState(batch);
  }

  @Override
  public RecurrentCell<S> asCell() {
    return Recurrent.requireForward(cell, reverse);
  }

  @Override
  public String explain(Tensor x) {
    Recurrent.requireFit(x, null, cell);
    return "%d steps at once: no loop, and so no plan%n".formatted(x.extent(0));
  }

  @Override
  public SequenceOutput<S> forward(Tensor x, @Nullable Lengths lengths, @Nullable S initial) {
    S state = Recurrent.requireFit(x, initial, cell);
    if (lengths == null) {
      var result = cell.steps(reverse ? x.flip(0) : x, state, null);
      Tensor output = result.output();
      return new SequenceOutput<>(reverse ? output.flip(0) : output, result.state());
    }
    lengths.check(x.extent(0), x.extent(1));
    Tensor running = lengths.mask(x.dtype(), x.extent(0));
    Tensor clean = running.where(x, x.zerosLike());
    var result = cell.steps(reverse ? lengths.reverse(clean) : clean, state, running);
    Tensor output = running.where(result.output(), result.output().zerosLike());
    return new SequenceOutput<>(reverse ? lengths.reverse(output) : output, result.state());
  }
}
