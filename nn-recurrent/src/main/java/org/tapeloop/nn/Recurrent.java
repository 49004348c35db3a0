package org.tapeloop.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;

/**
 * A cell run over sequences, forward in time or backward.
 *
 * <p>A backward layer starts at each sequence's own last step and ends at its first; its outputs
 * stand at the steps they belong to.
 */
public final class Recurrent<S> extends Layer implements SequenceLayer<S> {
  private final RecurrentCell<S> cell;
  private final boolean reverse;

  private Recurrent(RecurrentCell<S> cell, boolean reverse) {
    this.cell = cell;
    this.reverse = reverse;
    if (cell instanceof Layer layer) {
      child(layer, UnaryOperator.identity());
    }
  }

  /** The cell run from the first step to the last. */
  public static <S> Recurrent<S> forward(RecurrentCell<S> cell) {
    return new Recurrent<>(cell, false);
  }

  /** The cell run from the last step to the first. */
  public static <S> Recurrent<S> backward(RecurrentCell<S> cell) {
    return new Recurrent<>(cell, true);
  }

  /** The cell. */
  public RecurrentCell<S> cell() {
    return cell;
  }

  @Override
  public S initialState(int batch) {
    return cell.initialState(batch);
  }

  @Override
  public SequenceOutput<S> forward(Tensor x, @Nullable Lengths lengths, @Nullable S initial) {
    if (x.rank() != 3 || x.extent(0) == 0) {
      throw new IllegalArgumentException(
          "recurrent: x must be [time, batch, features] with at least one step, not " + x.shape());
    }
    S state = initial == null ? cell.initialState(x.extent(1)) : initial;
    return lengths == null ? full(x, state) : ragged(x, lengths, state);
  }

  private SequenceOutput<S> full(Tensor x, S initial) {
    List<Tensor> steps = (reverse ? x.flip(0) : x).unstack(0);
    List<Tensor> outputs = new ArrayList<>(steps.size());
    S state = initial;
    for (Tensor xt : steps) {
      Step<S> step = cell.step(xt, state);
      outputs.add(step.output());
      state = step.state();
    }
    Tensor output = Tensor.stack(outputs, 0);
    return new SequenceOutput<>(reverse ? output.flip(0) : output, state);
  }

  private SequenceOutput<S> ragged(Tensor x, Lengths lengths, S initial) {
    int time = x.extent(0);
    lengths.check(time, x.extent(1));
    Tensor mask = lengths.mask(x.dtype(), time);
    // Whatever stands in the padding, NaN too, must reach neither results nor gradients.
    Tensor clean = mask.where(x, x.zerosLike());
    List<Tensor> steps = (reverse ? lengths.reverse(clean) : clean).unstack(0);
    List<Tensor> masks = mask.unstack(0);
    List<Tensor> outputs = new ArrayList<>(time);
    S state = initial;
    for (int t = 0; t < time; t++) {
      Step<S> step = cell.step(steps.get(t), state);
      Tensor output = step.output();
      outputs.add(masks.get(t).where(output, output.zerosLike()));
      state = choose(masks.get(t), step.state(), state);
    }
    Tensor output = Tensor.stack(outputs, 0);
    return new SequenceOutput<>(reverse ? lengths.reverse(output) : output, state);
  }

  /** The new state where the sequence is still running, the old one where it has ended. */
  private static <S> S choose(Tensor running, S next, S old) {
    List<Tensor> after = TensorTree.flatten(next);
    List<Tensor> before = TensorTree.flatten(old);
    List<Tensor> chosen = new ArrayList<>(after.size());
    for (int i = 0; i < after.size(); i++) {
      int[] extents = new int[after.get(i).rank()];
      Arrays.fill(extents, 1);
      extents[0] = running.extent(0);
      chosen.add(running.reshape(extents).where(after.get(i), before.get(i)));
    }
    return TensorTree.rebuild(next, chosen);
  }
}
