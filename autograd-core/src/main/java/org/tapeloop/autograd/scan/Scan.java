package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.autograd.TensorTree.Leaves;

/**
 * Runs a step over time.
 *
 * <pre>{@code
 * var scan = Scan.over((Tensor x, Tensor h) -> {
 *   Tensor next = x.affine(w, b).add(h.matmul(u)).tanh();
 *   return new Scan.Next<>(next, next);
 * });
 * var result = scan.run(xs, h0);          // xs [T, B, I], h0 [B, H]
 * }</pre>
 *
 * <p>Inputs, states and outputs are {@linkplain TensorTree trees} of tensors. Inputs and outputs
 * carry time as their first axis and the batch as their second; states carry the batch first.
 * Inputs may be indices too, the words whose rows of an embedding the step reads, say. Tensors that
 * the step uses beyond its arguments, parameters say, get gradients as in any other operation.
 *
 * <p>A compiled scan records the step once on symbols and executes a plan; results are those of the
 * eager scan up to rounding. A step that looks at values cannot be compiled. Nor can a step that
 * has a memory of its own, a counter or a {@link java.util.Random}, but nobody can tell: it is
 * recorded as it was in that one run. Keep such things in the state, or run it in {@link
 * ScanMode#EAGER}.
 *
 * @param <X> the inputs of a step
 * @param <S> the state
 * @param <Y> the outputs of a step
 */
public final class Scan<X, S, Y> {
  /** One step. */
  @FunctionalInterface
  public interface StepFunction<X, S, Y> {
    /** The outputs of the step and the state after it. */
    Next<S, Y> step(X x, S state);
  }

  /** What a step gives: what it puts out, and the state after it. */
  public record Next<S, Y>(Y output, S state) {}

  /** What a scan gives: the outputs of all steps, with time as first axis, and the last state. */
  public record Result<S, Y>(Y outputs, S state) {}

  private final StepFunction<X, S, Y> step;
  private final ScanMode mode;
  private final AtomicBoolean told;
  private final PlanCache plans;

  /** Steps between checkpoints. */
  private final int window;

  private Scan(
      StepFunction<X, S, Y> step, ScanMode mode, int window, AtomicBoolean told, PlanCache plans) {
    this.step = step;
    this.mode = mode;
    this.window = window;
    this.told = told;
    this.plans = plans;
  }

  /**
   * A scan in mode {@link ScanMode#AUTO}, or the one that the property {@code tapeloop.scan} names.
   */
  public static <X, S, Y> Scan<X, S, Y> over(StepFunction<X, S, Y> step) {
    return new Scan<>(step, defaultMode(), Integer.MAX_VALUE, new AtomicBoolean(), new PlanCache());
  }

  /** The same step in another mode. */
  public Scan<X, S, Y> in(ScanMode other) {
    return new Scan<>(step, other, window, new AtomicBoolean(), new PlanCache());
  }

  /**
   * The same step, keeping for the backward pass only the states after every k-th step. The
   * backward pass then runs each stretch of k steps forward again, so that memory for T steps falls
   * to about T/k states and k steps, for one more forward pass; gradients are the same bits.
   *
   * <p>k is rounded up to a multiple of 2048 / B steps, in which gradients of shared tensors are
   * summed anyway: small batches want long sequences. A scan that runs step by step keeps
   * everything.
   *
   * @param k at least 1
   */
  public Scan<X, S, Y> checkpointEvery(int k) {
    if (k < 1) {
      throw new IllegalArgumentException("checkpointEvery: " + k + " steps; at least 1");
    }
    return new Scan<>(step, mode, k, told, plans);
  }

  /**
   * Another step in the same mode that may use this scan's plans: one with the same operations on
   * other tensors, such as masks drawn for one sequence.
   */
  public Scan<X, S, Y> of(StepFunction<X, S, Y> other) {
    return new Scan<>(other, mode, window, told, plans);
  }

  private static ScanMode defaultMode() {
    String name = System.getProperty("tapeloop.scan");
    if (name == null) {
      return ScanMode.AUTO;
    }
    for (ScanMode mode : ScanMode.values()) {
      if (mode.name().equalsIgnoreCase(name)) {
        return mode;
      }
    }
    throw new IllegalArgumentException(
        "tapeloop.scan: expected eager, compiled or auto, not '" + name + "'");
  }

  /**
   * Runs the step once for each index of the inputs' first axis.
   *
   * @param inputs tensors and indices [T, B, ...], T at least 1
   * @param initial the state before the first step, tensors [B, ...]
   * @throws IllegalArgumentException if there are no inputs, or they differ in T or B
   * @throws IndexOutOfBoundsException if an index is not that of a row which the step reads
   * @throws NotCompilableException in mode {@link ScanMode#COMPILED}, if no plan can be made
   */
  public Result<S, Y> run(X inputs, S initial) {
    Leaves leaves = TensorTree.leaves(inputs);
    if (leaves.isEmpty()) {
      throw new IllegalArgumentException("scan: no inputs; say how many steps there are");
    }
    return run(steps(leaves), leaves, inputs, initial);
  }

  /**
   * Runs a number of steps, for a step that may have no inputs.
   *
   * @param steps T, at least 1
   */
  public Result<S, Y> run(int steps, X inputs, S initial) {
    Leaves leaves = TensorTree.leaves(inputs);
    if (steps < 1 || (!leaves.isEmpty() && steps(leaves) != steps)) {
      throw new IllegalArgumentException(
          "scan: %d steps for inputs of %s".formatted(steps, leaves.shapes()));
    }
    return run(steps, leaves, inputs, initial);
  }

  private Result<S, Y> run(int steps, Leaves leaves, X inputs, S initial) {
    if (mode == ScanMode.EAGER || Autograd.isDetectingAnomaly()) {
      return eager(steps, leaves, inputs, initial);
    }
    try {
      return new ScanExecution<>(plan(steps, leaves, inputs, initial), steps, window).execute();
    } catch (NotCompilableException e) {
      refuse(e);
      return eager(steps, leaves, inputs, initial);
    }
  }

  private static int steps(Leaves leaves) {
    int steps = -1;
    boolean fit = true;
    for (int i = 0; fit && i < leaves.tensors().size() + leaves.indices().size(); i++) {
      Shape x = leaves.shape(i);
      fit = x.rank() >= 2 && x.extent(0) > 0 && (steps < 0 || x.extent(0) == steps);
      steps = fit ? x.extent(0) : steps;
    }
    if (!fit) {
      throw new IllegalArgumentException(
          "scan: inputs must be [time, batch, ...] with equal times of at least 1, not "
              + leaves.shapes());
    }
    return steps;
  }

  // ---- eager ----

  private Result<S, Y> eager(int steps, Leaves leaves, X inputs, S initial) {
    List<List<Tensor>> slices = leaves.tensors().stream().map(x -> x.unstack(0)).toList();
    List<List<Tensor>> outputs = new ArrayList<>();
    S state = initial;
    @Nullable Y last = null;
    for (int t = 0; t < steps; t++) {
      int now = t;
      Leaves current =
          new Leaves(
              slices.stream().map(slice -> slice.get(now)).toList(),
              leaves.indices().stream().map(ids -> ids.select(0, now)).toList());
      X x = TensorTree.rebuild(inputs, current);
      Next<S, Y> next = eagerStep(x, state, initial);
      outputs.add(TensorTree.flatten(next.output()));
      state = next.state();
      last = next.output();
    }
    List<Tensor> stacked = new ArrayList<>();
    for (int j = 0; j < outputs.getFirst().size(); j++) {
      int output = j;
      stacked.add(Tensor.stack(outputs.stream().map(o -> o.get(output)).toList(), 0));
    }
    return new Result<>(TensorTree.rebuild(Objects.requireNonNull(last), stacked), state);
  }

  private Next<S, Y> eagerStep(X x, S state, S initial) {
    try {
      return step.step(x, state);
    } catch (IllegalArgumentException e) {
      throw StateShapes.explained(e, initial, state);
    }
  }

  // ---- compiled ----

  private Planned<S, Y> plan(int steps, Leaves leaves, X inputs, S initial) {
    return plans.plan(step, steps, inputs, initial, new StepInputs(leaves, true));
  }

  // ---- streams ----

  /**
   * The step run one at a time on what arrives, with the state carried: without a time axis, and
   * without gradients.
   *
   * @param input the inputs of one step, tensors and indices [B, ...]; only their shapes and type
   *     count
   * @param initial the state before the first step
   * @throws IllegalArgumentException if no tensor is among inputs and states
   * @throws NotCompilableException in mode {@link ScanMode#COMPILED}, if no plan can be made
   */
  public StepStream<X, S, Y> stream(X input, S initial) {
    if (TensorTree.leaves(input).tensors().isEmpty() && TensorTree.flatten(initial).isEmpty()) {
      throw new IllegalArgumentException("stream: a step without tensors as inputs or states");
    }
    var source =
        new StepStream.Source<X, S, Y>() {
          @Override
          public StepStream.Compiled<Y> plan(X inputs, S state) {
            return streamed(inputs, state);
          }

          @Override
          public Next<S, Y> step(X inputs, S state) {
            return step.step(inputs, state);
          }
        };
    if (mode == ScanMode.EAGER) {
      return new StepStream<>(source, input, initial, null, "the mode is EAGER");
    }
    try {
      return new StepStream<>(source, input, initial, streamed(input, initial), null);
    } catch (NotCompilableException e) {
      refuse(e);
      return new StepStream<>(source, input, initial, null, e.getMessage());
    }
  }

  private StepStream.Compiled<Y> streamed(X input, S initial) {
    StepInputs leaves = new StepInputs(TensorTree.leaves(input), false);
    Planned<S, Y> planned = Autograd.noGrad(() -> plans.plan(step, 1, input, initial, leaves));
    return new StepStream.Compiled<>(
        planned.step(), planned.output(), TensorTree.flatten(planned.output()), planned.captures());
  }

  /** Throws it on if the mode says so; else tells once. */
  private void refuse(NotCompilableException reason) {
    if (mode == ScanMode.COMPILED) {
      throw reason;
    }
    if (!told.getAndSet(true)) {
      System.getLogger(Scan.class.getName())
          .log(System.Logger.Level.INFO, "a scan runs step by step: {0}", reason.getMessage());
    }
  }

  /**
   * What a compiled run of the step on such tensors does, for a person to read: what leaves the
   * loop, what each step computes, what the backward pass keeps, defers and sums.
   *
   * @throws NotCompilableException if no plan can be made; the message names the operation
   */
  public String explain(X inputs, S initial) {
    return explain(inputs, initial, Map.of());
  }

  /**
   * As {@link #explain(Object, Object)}, calling tensors that the step captures by their names.
   *
   * @param names of captured tensors, of some or all
   */
  public String explain(X inputs, S initial, Map<Tensor, String> names) {
    Leaves leaves = TensorTree.leaves(inputs);
    int steps = steps(leaves);
    return plan(steps, leaves, inputs, initial).text(steps, names);
  }

  /** The plan itself. */
  CompiledStep compile(X inputs, S initial) {
    Leaves leaves = TensorTree.leaves(inputs);
    return plan(steps(leaves), leaves, inputs, initial).step();
  }

  // ---- several ----

  /**
   * A scan and what it is to be run on.
   *
   * @param inputs tensors and indices [T, B, ...], T at least 1
   * @param initial the state before the first step
   */
  public record Call<X, S, Y>(Scan<X, S, Y> scan, X inputs, S initial) {

    private Result<S, Y> run() {
      return scan.run(inputs, initial);
    }

    private ScanExecution<S, Y> execution() {
      Leaves leaves = TensorTree.leaves(inputs);
      int steps = Scan.steps(leaves);
      return new ScanExecution<>(scan.plan(steps, leaves, inputs, initial), steps, scan.window);
    }
  }

  /**
   * Runs scans that have nothing to do with each other, such as the two directions of a layer: side
   * by side where there are threads for that, forward and backward. The results are the same bits
   * as one after the other.
   */
  public static <X, S, Y> List<Result<S, Y>> together(List<Call<X, S, Y>> calls) {
    int threads = Backends.current().threads();
    boolean plain =
        calls.stream().anyMatch(call -> call.scan.mode == ScanMode.EAGER)
            || Autograd.isDetectingAnomaly();
    if (calls.size() > 1 && threads > 1 && !plain) {
      try {
        List<ScanExecution<S, Y>> executions = calls.stream().map(Call::execution).toList();
        if (calls.size() >= threads || executions.stream().allMatch(e -> e.isNarrow(threads))) {
          return ScanExecution.execute(executions);
        }
        return executions.stream().map(ScanExecution::execute).toList();
      } catch (NotCompilableException e) {
        // Each is run as it can be, and tells.
        return calls.stream().map(Call::run).toList();
      }
    }
    return calls.stream().map(Call::run).toList();
  }
}
