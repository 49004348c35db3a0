package org.tapeloop.nn.wrap;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceRun;
import org.tapeloop.nn.Step;

/**
 * In training, each element of the state keeps its old value with probability p, drawn anew at each
 * step; in evaluation it is {@code p * old + (1 - p) * new}. An output that is one of the state's
 * tensors is that of the state.
 *
 * <p>Source: Krueger et al. 2017, arXiv 1606.01305.
 *
 * @param <S> the state
 */
public final class ZoneoutCell<S> extends WrappedCell<S> {
  private final double[] probabilities;
  private final Generator generator;

  /**
   * Zoneout of a cell.
   *
   * @param probabilities of keeping, in [0, 1): one for each tensor of the state in its order, such
   *     as h and c, or one for all
   * @param generator where masks come from: a stream a sequence and tensor
   */
  public ZoneoutCell(RecurrentCell<S> inner, double[] probabilities, Generator generator) {
    super(inner);
    int tensors = TensorTree.flatten(inner.initialState(1)).size();
    if (probabilities.length != 1 && probabilities.length != tensors) {
      throw new IllegalArgumentException(
          "zoneout: %d probabilities for a state of %d tensors"
              .formatted(probabilities.length, tensors));
    }
    this.probabilities = new double[tensors];
    for (int k = 0; k < tensors; k++) {
      double p = probabilities[probabilities.length == 1 ? 0 : k];
      this.probabilities[k] = Masks.requireProbability("zoneout", p);
    }
    this.generator = generator;
  }

  @Override
  BiFunction<Tensor, S, Step<S>> around(SequenceRun run, RecurrentCell<S> cell) {
    List<@Nullable Supplier<Tensor>> kept = isTraining() ? masks(run) : List.of();
    return (x, state) -> {
      Step<S> step = cell.step(x, state);
      List<Tensor> before = TensorTree.flatten(state);
      List<Tensor> after = TensorTree.flatten(step.state());
      List<Tensor> mixed = new ArrayList<>();
      Tensor output = step.output();
      for (int k = 0; k < after.size(); k++) {
        mixed.add(mixed(kept.isEmpty() ? null : kept.get(k), k, before.get(k), after.get(k)));
        output = step.output() == after.get(k) ? mixed.get(k) : output;
      }
      return new Step<>(output, TensorTree.rebuild(state, mixed));
    };
  }

  private Tensor mixed(@Nullable Supplier<Tensor> kept, int k, Tensor before, Tensor after) {
    if (probabilities[k] == 0) {
      return after;
    }
    return kept == null
        ? after.add(before.sub(after).mul(probabilities[k]))
        : kept.get().reshape(after.shape()).where(before, after);
  }

  /** For each tensor of the state where it is kept, at all steps. */
  private List<@Nullable Supplier<Tensor>> masks(SequenceRun run) {
    List<Tensor> states = TensorTree.flatten(initialState(1));
    List<@Nullable Supplier<Tensor>> masks = new ArrayList<>();
    for (int k = 0; k < states.size(); k++) {
      if (probabilities[k] == 0) {
        masks.add(null);
        continue;
      }
      Shape all = Shape.of(run.steps(), run.batch(), states.get(k).size());
      masks.add(
          run.eachStep(Tensor.bernoulli(generator.next(), run.dtype(), all, probabilities[k])));
    }
    return masks;
  }
}
