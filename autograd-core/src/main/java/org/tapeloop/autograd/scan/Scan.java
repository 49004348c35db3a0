package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.ComputedOp;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.GraphMode;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.SymbolicTensorException;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.autograd.Trace;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.DoubleView;

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
 * Tensors that the step uses beyond its arguments, parameters say, get gradients as in any other
 * operation.
 *
 * <p>A compiled scan records the step once on symbols and executes a plan; results are those of the
 * eager scan up to rounding. A step that looks at values cannot be compiled.
 *
 * @param <X> the inputs of a step
 * @param <S> the state
 * @param <Y> the outputs of a step
 */
public final class Scan<X, S, Y> {
  /** Plans kept for one scan; a step rarely has more than a training and an inference form. */
  private static final int PLANS = 16;

  private static final ComputedOp OP = new ComputedOp("scan");

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
  private final Map<Signature, CompiledStep> plans;

  /** Steps between checkpoints. */
  private final int window;

  private Scan(
      StepFunction<X, S, Y> step,
      ScanMode mode,
      int window,
      AtomicBoolean told,
      Map<Signature, CompiledStep> plans) {
    this.step = step;
    this.mode = mode;
    this.window = window;
    this.told = told;
    this.plans = plans;
  }

  private static Map<Signature, CompiledStep> noPlans() {
    return Collections.synchronizedMap(
        new LinkedHashMap<>(PLANS, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Signature, CompiledStep> eldest) {
            return size() > PLANS;
          }
        });
  }

  /**
   * A scan in mode {@link ScanMode#AUTO}, or the one that the property {@code tapeloop.scan} names.
   */
  public static <X, S, Y> Scan<X, S, Y> over(StepFunction<X, S, Y> step) {
    return new Scan<>(step, defaultMode(), Integer.MAX_VALUE, new AtomicBoolean(), noPlans());
  }

  /** The same step in another mode. */
  public Scan<X, S, Y> in(ScanMode other) {
    return new Scan<>(step, other, window, new AtomicBoolean(), noPlans());
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
   * @param inputs tensors [T, B, ...], T at least 1
   * @param initial the state before the first step, tensors [B, ...]
   * @throws IllegalArgumentException if there are no inputs, or they differ in T or B
   * @throws NotCompilableException in mode {@link ScanMode#COMPILED}, if no plan can be made
   */
  public Result<S, Y> run(X inputs, S initial) {
    List<Tensor> xs = TensorTree.flatten(inputs);
    if (xs.isEmpty()) {
      throw new IllegalArgumentException("scan: no inputs; say how many steps there are");
    }
    return run(steps(xs), inputs, initial);
  }

  /**
   * Runs a number of steps, for a step that may have no inputs.
   *
   * @param steps T, at least 1
   */
  public Result<S, Y> run(int steps, X inputs, S initial) {
    List<Tensor> xs = TensorTree.flatten(inputs);
    if (steps < 1 || (!xs.isEmpty() && steps(xs) != steps)) {
      throw new IllegalArgumentException(
          "scan: %d steps for inputs of %s"
              .formatted(steps, xs.stream().map(Tensor::shape).toList()));
    }
    if (mode == ScanMode.EAGER || Autograd.isDetectingAnomaly()) {
      return eager(steps, inputs, initial);
    }
    try {
      return compiled(steps, inputs, initial);
    } catch (NotCompilableException e) {
      if (mode == ScanMode.COMPILED) {
        throw e;
      }
      if (!told.getAndSet(true)) {
        System.getLogger(Scan.class.getName())
            .log(System.Logger.Level.INFO, "a scan runs step by step: {0}", e.getMessage());
      }
      return eager(steps, inputs, initial);
    }
  }

  private static int steps(List<Tensor> xs) {
    int steps = -1;
    for (Tensor x : xs) {
      if (x.rank() < 2 || x.extent(0) == 0 || (steps >= 0 && x.extent(0) != steps)) {
        throw new IllegalArgumentException(
            "scan: inputs must be [time, batch, ...] with equal times of at least 1, not "
                + xs.stream().map(Tensor::shape).toList());
      }
      steps = x.extent(0);
    }
    return steps;
  }

  // ---- eager ----

  private Result<S, Y> eager(int steps, X inputs, S initial) {
    List<List<Tensor>> slices = new ArrayList<>();
    for (Tensor x : TensorTree.flatten(inputs)) {
      slices.add(x.unstack(0));
    }
    List<List<Tensor>> outputs = new ArrayList<>();
    S state = initial;
    @Nullable Y last = null;
    for (int t = 0; t < steps; t++) {
      int now = t;
      X x = TensorTree.rebuild(inputs, slices.stream().map(slice -> slice.get(now)).toList());
      Next<S, Y> next = step.step(x, state);
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

  // ---- compiled ----

  /** A call's own trace, and the plan that it shares with calls like it. */
  private record Planned<S, Y>(
      Traced<S, Y> traced,
      boolean training,
      List<Tensor> inputs,
      List<Tensor> states,
      int batch,
      CompiledStep step,
      StepReplay replay) {

    ArrayView like() {
      return (inputs.isEmpty() ? states : inputs).getFirst().elements();
    }

    List<Tensor> captured() {
      return traced.trace().captured();
    }
  }

  private Planned<S, Y> plan(int steps, X inputs, S initial) {
    List<Tensor> xs = TensorTree.flatten(inputs);
    List<Tensor> states = TensorTree.flatten(initial);
    if (states.isEmpty() && xs.isEmpty()) {
      throw new NotCompilableException("a step without inputs and states");
    }
    int batch = xs.isEmpty() ? states.getFirst().extent(0) : xs.getFirst().extent(1);
    Traced<S, Y> traced = trace(inputs, initial, xs, states);
    StepTrace trace = traced.trace();
    boolean training =
        Autograd.isRecording()
            && (anyNeedsGradient(xs)
                || anyNeedsGradient(states)
                || anyNeedsGradient(trace.captured()));
    StepGraph graph = graph(trace, batch);
    StepReplay replay = new StepReplay(trace);
    Signature signature = Signature.of(graph, trace, training);
    CompiledStep compiled = plans.get(signature);
    if (compiled == null) {
      ScanPlanEvent event = new ScanPlanEvent();
      event.begin();
      compiled = plans.computeIfAbsent(signature, s -> CompiledStep.of(trace, graph, training));
      Planned<S, Y> planned = new Planned<>(traced, training, xs, states, batch, compiled, replay);
      if (event.shouldCommit()) {
        event.steps = steps;
        event.batch = batch;
        event.backend = Backends.current().name();
        event.plan = text(planned, steps);
        event.commit();
      }
      return planned;
    }
    return new Planned<>(traced, training, xs, states, batch, compiled, replay);
  }

  /**
   * What a compiled run of the step on such tensors does, for a person to read: what leaves the
   * loop, what each step computes, what the backward pass keeps, defers and sums.
   *
   * @throws NotCompilableException if no plan can be made; the message names the operation
   */
  public String explain(X inputs, S initial) {
    int steps = steps(TensorTree.flatten(inputs));
    return text(plan(steps, inputs, initial), steps);
  }

  /** The plan itself. */
  CompiledStep compile(X inputs, S initial) {
    return plan(steps(TensorTree.flatten(inputs)), inputs, initial).step();
  }

  private static String text(Planned<?, ?> planned, int steps) {
    return PlanText.of(
        planned.step(),
        Backends.current(),
        planned.captured().stream().map(Tensor::shape).toList(),
        steps,
        planned.batch(),
        planned.like() instanceof DoubleView ? Double.BYTES : Float.BYTES);
  }

  private Result<S, Y> compiled(int steps, X inputs, S initial) {
    Planned<S, Y> planned = plan(steps, inputs, initial);
    Traced<S, Y> traced = planned.traced();
    StepTrace trace = traced.trace();
    StepReplay replay = planned.replay();
    List<Shape> outputShapes = trace.outputs().stream().map(Tensor::shape).toList();
    PreparedScan prepared = planned.step().on(Backends.current(), planned.like());
    ScanRun run =
        new ScanRun(
            prepared,
            planned.captured(),
            planned.inputs(),
            planned.states(),
            steps,
            planned.batch(),
            window,
            outputShapes);
    List<ArrayView> computed = run.forward();
    List<Tensor> all = new ArrayList<>(planned.inputs());
    all.addAll(planned.states());
    all.addAll(planned.captured());
    if (!planned.training()) {
      run.release();
    }
    List<Tensor> results =
        OP.record(
            all,
            computed,
            new ComputedOp.Pullback() {
              @Override
              public List<@Nullable Tensor> apply(List<@Nullable Tensor> cotangents) {
                return Autograd.isRecording()
                    ? again(replay, steps, all, cotangents)
                    : run.backward(cotangents);
              }

              @Override
              public void release() {
                run.release();
              }
            });
    int outputs = trace.outputs().size();
    return new Result<>(
        TensorTree.rebuild(traced.output(), results.subList(0, outputs)),
        TensorTree.rebuild(traced.state(), results.subList(outputs, results.size())));
  }

  private static boolean anyNeedsGradient(List<Tensor> tensors) {
    return tensors.stream().anyMatch(Tensor::requiresGrad);
  }

  /** A trace and the structure of what the step gave. */
  private record Traced<S, Y>(StepTrace trace, Y output, S state) {}

  private Traced<S, Y> trace(X inputs, S initial, List<Tensor> xs, List<Tensor> states) {
    Trace trace = new Trace();
    List<Tensor> inputSymbols = new ArrayList<>();
    for (Tensor x : xs) {
      int[] extents = x.shape().extents();
      int[] row = Arrays.copyOfRange(extents, 1, extents.length);
      inputSymbols.add(trace.symbol(x.dtype(), Shape.of(row), x.requiresGrad()));
    }
    List<Tensor> stateSymbols = new ArrayList<>();
    for (Tensor s : states) {
      stateSymbols.add(trace.symbol(s.dtype(), s.shape(), Autograd.isRecording()));
    }
    Next<S, Y> next;
    try {
      next =
          Trace.once(
              () ->
                  step.step(
                      TensorTree.rebuild(inputs, inputSymbols),
                      TensorTree.rebuild(initial, stateSymbols)));
    } catch (SymbolicTensorException e) {
      throw new NotCompilableException(String.valueOf(e.getMessage()), e);
    }
    List<Tensor> nextStates = TensorTree.flatten(next.state());
    requireSame(states, nextStates);
    StepTrace recorded =
        new StepTrace(
            trace,
            inputSymbols,
            stateSymbols,
            TensorTree.flatten(next.output()),
            nextStates,
            List.copyOf(trace.captures().keySet()));
    return new Traced<>(recorded, next.output(), next.state());
  }

  private static void requireSame(List<Tensor> before, List<Tensor> after) {
    List<Shape> old = before.stream().map(Tensor::shape).toList();
    List<Shape> now = after.stream().map(Tensor::shape).toList();
    if (!old.equals(now)) {
      throw new NotCompilableException(
          "the state changes from shapes " + old + " to " + now + " in one step");
    }
  }

  private static StepGraph graph(StepTrace trace, int batch) {
    StepGraph graph = new StepGraph(batch, Pass.inUse());
    for (int i = 0; i < trace.inputs().size(); i++) {
      graph.define(trace.inputs().get(i), new Value.Input(i));
    }
    for (int k = 0; k < trace.states().size(); k++) {
      graph.define(trace.states().get(k), new Value.State(k));
    }
    DType dtype = (trace.inputs().isEmpty() ? trace.states() : trace.inputs()).getFirst().dtype();
    for (Tensor captured : trace.captured()) {
      if (captured.dtype() != dtype) {
        throw new NotCompilableException("the step mixes " + dtype + " and " + captured.dtype());
      }
    }
    graph.addCaptures(trace.trace().captures());
    trace.trace().calls().forEach(graph::add);
    return graph;
  }

  /**
   * A backward pass that is to be differentiated itself: that of the recorded step run on the tape.
   *
   * @param all the inputs, the initial states, and the captured tensors
   */
  private static List<@Nullable Tensor> again(
      StepReplay replay, int steps, List<Tensor> all, List<@Nullable Tensor> cotangents) {
    // One of them may have been computed from another: what flows through it is not ours to count.
    List<Tensor> apart = all.stream().map(t -> t.onGradient(g -> g)).toList();
    List<Tensor> outputs = replay.run(steps, apart);
    List<Tensor> of = new ArrayList<>();
    List<Tensor> with = new ArrayList<>();
    for (int i = 0; i < outputs.size(); i++) {
      Tensor cotangent = cotangents.get(i);
      if (cotangent != null) {
        of.add(outputs.get(i));
        with.add(cotangent);
      }
    }
    List<Tensor> wrt = apart.stream().filter(Tensor::requiresGrad).toList();
    Map<Tensor, Tensor> gradients = Autograd.gradients(of, with, wrt, GraphMode.CREATE);
    List<@Nullable Tensor> found = new ArrayList<>();
    apart.forEach(t -> found.add(gradients.get(t)));
    return found;
  }
}
