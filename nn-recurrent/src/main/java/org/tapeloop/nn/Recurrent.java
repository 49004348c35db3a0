package org.tapeloop.nn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.autograd.scan.Scan;
import org.tapeloop.autograd.scan.ScanMode;

/**
 * A cell run over sequences, forward in time or backward.
 *
 * <p>A backward layer starts at each sequence's own last step and ends at its first; its outputs
 * stand at the steps they belong to.
 */
public final class Recurrent<S> extends Layer implements SequenceLayer<S> {
  private final RecurrentCell<S> cell;
  private final boolean reverse;
  private final Scan<List<Tensor>, S, Tensor> full;
  private final Scan<List<Tensor>, S, Tensor> ragged;

  private Recurrent(RecurrentCell<S> cell, boolean reverse) {
    this(
        cell,
        reverse,
        Scan.over((x, state) -> next(step(cell, x.getFirst(), state))),
        Scan.over((x, state) -> masked(x.get(1), cell.step(x.getFirst(), state), state)));
  }

  private Recurrent(
      RecurrentCell<S> cell,
      boolean reverse,
      Scan<List<Tensor>, S, Tensor> full,
      Scan<List<Tensor>, S, Tensor> ragged) {
    this.cell = part(cell, UnaryOperator.identity());
    this.reverse = reverse;
    this.full = full;
    this.ragged = ragged;
  }

  /** The cell run from the first step to the last. */
  public static <S> Recurrent<S> forward(RecurrentCell<S> cell) {
    return new Recurrent<>(cell, false);
  }

  /** The cell run from the last step to the first. */
  public static <S> Recurrent<S> backward(RecurrentCell<S> cell) {
    return new Recurrent<>(cell, true);
  }

  /** A layer with the same cell, executed in this way whatever the default is. */
  public Recurrent<S> in(ScanMode mode) {
    return new Recurrent<>(cell, reverse, full.in(mode), ragged.in(mode));
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
  public RecurrentCell<S> asCell() {
    return requireForward(cell, reverse);
  }

  /** The cell, unless the layer that runs it needs the last step first. */
  static <S> RecurrentCell<S> requireForward(RecurrentCell<S> cell, boolean reverse) {
    if (reverse) {
      throw new UnsupportedOperationException(
          "a backward layer starts at a sequence's last step; it does not run one step at a time");
    }
    return cell;
  }

  @Override
  public SequenceOutput<S> forward(Tensor x, @Nullable Lengths lengths, @Nullable S initial) {
    Run<S> run = run(x, lengths, initial);
    return run.output(run.call.scan().run(run.call.inputs(), run.call.initial()));
  }

  /**
   * A run over sequences before it is executed.
   *
   * @param reverse whether the steps run from the last to the first
   * @param lengths of the sequences, or null if all have all steps
   */
  record Run<S>(
      Scan.Call<List<Tensor>, S, Tensor> call, boolean reverse, @Nullable Lengths lengths) {
    SequenceOutput<S> output(Scan.Result<S, Tensor> result) {
      return new SequenceOutput<>(inOrder(result.outputs(), reverse, lengths), result.state());
    }
  }

  /** Inputs in the order in which steps run, and outputs in that of the inputs. */
  private static Tensor inOrder(Tensor sequence, boolean reverse, @Nullable Lengths lengths) {
    if (!reverse) {
      return sequence;
    }
    return lengths == null ? sequence.flip(0) : lengths.reverse(sequence);
  }

  /** What {@link #forward} executes. */
  Run<S> run(Tensor x, @Nullable Lengths lengths, @Nullable S initial) {
    S state = requireFit(x, initial, cell);
    SequenceRun run = SequenceRun.over(x);
    RecurrentCell<S> prepared = cell.forSequence(run);
    return lengths == null
        ? full(x, run, prepared, state)
        : ragged(x, lengths, run, prepared, state);
  }

  /** The state to start from, after x and it have been checked. */
  static <S> S requireFit(Tensor x, @Nullable S initial, RecurrentCell<S> cell) {
    if (x.rank() != 3 || x.extent(0) == 0) {
      throw new IllegalArgumentException(
          "recurrent: x must be [time, batch, features] with at least one step, not " + x.shape());
    }
    S state = initial == null ? cell.initialState(x.extent(1)) : initial;
    TensorTree.forEach(state, part -> requireFit(x, part));
    return state;
  }

  private static void requireFit(Tensor x, Tensor state) {
    if (state.rank() == 0 || state.extent(0) != x.extent(1)) {
      throw new IllegalArgumentException(
          "recurrent: x %s has a batch of %d but the initial state is %s"
              .formatted(x.shape(), x.extent(1), state.shape()));
    }
    if (state.dtype() != x.dtype()) {
      throw new IllegalArgumentException(
          "recurrent: x is %s but the state is %s; convert x, or the layer with to(DType), or let the cell's initialState take its type from its parameters"
              .formatted(x.dtype(), state.dtype()));
    }
  }

  @Override
  public String explain(Tensor x) {
    S initial = requireFit(x, null, cell);
    SequenceRun run = SequenceRun.over(x);
    Map<Tensor, String> names = new HashMap<>();
    parameters().forEach((name, parameter) -> names.put(parameter.value(), name));
    return full(run, cell.forSequence(run)).explain(fullInputs(x, run), initial, names);
  }

  private Scan<List<Tensor>, S, Tensor> full(SequenceRun run, RecurrentCell<S> prepared) {
    return full.of(
        (now, state) -> {
          run.enter(now, 1);
          return next(step(prepared, now.getFirst(), state));
        });
  }

  private List<Tensor> fullInputs(Tensor x, SequenceRun run) {
    List<Tensor> others = run.tensors();
    if (others.isEmpty()) {
      return List.of(inOrder(x, reverse, null));
    }
    List<Tensor> inputs = new ArrayList<>(1 + others.size());
    inputs.add(inOrder(x, reverse, null));
    others.forEach(other -> inputs.add(inOrder(other, reverse, null)));
    return inputs;
  }

  private Run<S> full(Tensor x, SequenceRun run, RecurrentCell<S> prepared, S initial) {
    return new Run<>(
        new Scan.Call<>(full(run, prepared), fullInputs(x, run), initial), reverse, null);
  }

  private Run<S> ragged(
      Tensor x, Lengths lengths, SequenceRun run, RecurrentCell<S> prepared, S initial) {
    int time = x.extent(0);
    lengths.check(time, x.extent(1));
    Tensor mask = lengths.mask(x.dtype(), time);
    // Whatever stands in the padding, NaN too, must reach neither results nor gradients.
    Tensor clean = mask.where(x, x.zerosLike());
    List<Tensor> inputs = new ArrayList<>(List.of(inOrder(clean, reverse, lengths), mask));
    for (Tensor each : run.tensors()) {
      inputs.add(inOrder(each, reverse, lengths));
    }
    Scan<List<Tensor>, S, Tensor> scan =
        ragged.of(
            (now, state) -> {
              run.enter(now, 2);
              return masked(now.get(1), prepared.step(now.getFirst(), state), state);
            });
    return new Run<>(new Scan.Call<>(scan, inputs, initial), reverse, lengths);
  }

  /** The cell's step, which must leave the shapes of its state as they are. */
  static <S> Step<S> step(RecurrentCell<S> cell, Tensor x, S state) {
    Step<S> step = cell.step(x, state);
    if (!x.isSymbolic()) { // of a step on symbols the scan asks that itself
      requireKept(state, step.state());
    }
    return step;
  }

  private static <S> void requireKept(S before, S after) {
    List<Tensor> old = TensorTree.flatten(before);
    List<Tensor> now = TensorTree.flatten(after);
    for (int k = 0; k < Math.min(old.size(), now.size()); k++) {
      if (!old.get(k).shape().equals(now.get(k).shape())) {
        String name = TensorTree.names(before).get(k);
        throw new IllegalArgumentException(
            "recurrent: the step turns a state%s of %s into %s; initialState and step must agree"
                .formatted(
                    name.isEmpty() ? "" : " " + name, old.get(k).shape(), now.get(k).shape()));
      }
    }
    if (old.size() != now.size()) {
      throw new IllegalArgumentException(
          "recurrent: the step turns a state of %d tensors into one of %d; initialState and step must agree"
              .formatted(old.size(), now.size()));
    }
  }

  private static <S> Scan.Next<S, Tensor> next(Step<S> step) {
    return new Scan.Next<>(step.output(), step.state());
  }

  /** The step of a ragged batch: where a sequence has ended, outputs are 0 and the state stays. */
  private static <S> Scan.Next<S, Tensor> masked(Tensor running, Step<S> step, S state) {
    requireKept(state, step.state());
    Tensor output = running.where(step.output(), step.output().zerosLike());
    return new Scan.Next<>(output, TensorTree.where(running, step.state(), state));
  }
}
