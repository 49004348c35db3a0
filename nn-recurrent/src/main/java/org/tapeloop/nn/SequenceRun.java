package org.tapeloop.nn;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Tensor;

/**
 * One run of a cell over a batch of sequences, as {@link RecurrentCell#forSequence} sees it before
 * the first step: its extents, and a place for what differs from step to step besides the input.
 */
public final class SequenceRun {
  private final int steps;
  private final int batch;
  private final DType dtype;

  /** Empty in most runs. */
  private List<EachStep> eachStep = List.of();

  /** A tensor of all steps, and its part of the step that is running. */
  private static final class EachStep implements Supplier<Tensor> {
    private final Tensor all;
    private @Nullable Tensor now;

    EachStep(Tensor all) {
      this.all = all;
    }

    @Override
    public Tensor get() {
      if (now == null) {
        throw new IllegalStateException("sequence run: no step is running");
      }
      return now;
    }
  }

  private SequenceRun(int steps, int batch, DType dtype) {
    this.steps = steps;
    this.batch = batch;
    this.dtype = dtype;
  }

  /** A run over inputs [T, B, I]. */
  static SequenceRun over(Tensor x) {
    return new SequenceRun(x.extent(0), x.extent(1), x.dtype());
  }

  /**
   * A step by itself, as a sequence of one step: for the {@link RecurrentCell#step} of a cell that
   * draws or computes something once a sequence.
   *
   * @param x the input [B, I]
   */
  public static <S> Step<S> ofOneStep(RecurrentCell<S> cell, Tensor x, S state) {
    SequenceRun run = new SequenceRun(1, x.extent(0), x.dtype());
    RecurrentCell<S> alone = cell.forSequence(run);
    run.enter(run.tensors().stream().map(all -> all.select(0, 0)).toList(), 0);
    return alone.step(x, state);
  }

  /**
   * A cell that starts like another and steps in its own way: what {@link
   * RecurrentCell#forSequence} usually returns.
   */
  public static <S> RecurrentCell<S> prepared(
      RecurrentCell<S> cell, BiFunction<Tensor, S, Step<S>> step) {
    return new RecurrentCell<>() {
      @Override
      public S initialState(int batch) {
        return cell.initialState(batch);
      }

      @Override
      public Step<S> step(Tensor x, S state) {
        return step.apply(x, state);
      }
    };
  }

  /** T. */
  public int steps() {
    return steps;
  }

  /** B. */
  public int batch() {
    return batch;
  }

  /** The element type of inputs and states. */
  public DType dtype() {
    return dtype;
  }

  /**
   * Makes a tensor [T, B, F] known to the run.
   *
   * @return what gives its part [B, F] of the step that is running, in that step only
   * @throws IllegalArgumentException if it has other extents
   */
  public Supplier<Tensor> eachStep(Tensor all) {
    if (all.rank() != 3 || all.extent(0) != steps || all.extent(1) != batch) {
      throw new IllegalArgumentException(
          "sequence run: %s for each step is not [%d, %d, features]"
              .formatted(all.shape(), steps, batch));
    }
    EachStep added = new EachStep(all);
    eachStep = eachStep.isEmpty() ? new ArrayList<>() : eachStep;
    eachStep.add(added);
    return added;
  }

  /** What {@link #eachStep} was given. */
  List<Tensor> tensors() {
    return eachStep.isEmpty() ? List.of() : eachStep.stream().map(each -> each.all).toList();
  }

  /**
   * A step begins.
   *
   * @param now its parts of {@link #tensors}, from number {@code first} on
   */
  void enter(List<Tensor> now, int first) {
    for (int i = 0; i < eachStep.size(); i++) {
      eachStep.get(i).now = now.get(first + i);
    }
  }
}
