package org.tapeloop.nn.wrap;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceRun;
import org.tapeloop.nn.Step;

/**
 * Dropout of the state as the step sees it, with one mask for all steps of a sequence, in training.
 * Only the first tensor of the state is dropped: h, where there are h and c.
 *
 * <p>What is carried on without going through a product, z * h in a GRU, is dropped too. Source:
 * Gal and Ghahramani 2016, arXiv 1512.05287.
 *
 * @param <S> the state
 */
public final class RecurrentDropoutCell<S> extends WrappedCell<S> {
  private final double probability;
  private final Generator generator;

  /**
   * Dropout inside the recurrence of a cell.
   *
   * @param probability of dropping an element, in [0, 1)
   * @param generator where masks come from: a stream a sequence
   */
  public RecurrentDropoutCell(RecurrentCell<S> inner, double probability, Generator generator) {
    super(inner);
    this.probability = Masks.requireProbability("recurrent dropout", probability);
    this.generator = generator;
  }

  @Override
  BiFunction<Tensor, S, Step<S>> around(SequenceRun run, RecurrentCell<S> cell) {
    if (!isTraining()) {
      return cell::step;
    }
    Masks mask = new Masks(probability, generator.next());
    return (x, state) -> {
      List<Tensor> seen = new ArrayList<>(TensorTree.flatten(state));
      seen.set(0, mask.apply(seen.getFirst()));
      return cell.step(x, TensorTree.rebuild(state, seen));
    };
  }
}
