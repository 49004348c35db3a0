package org.tapeloop.autograd.scan;

import java.util.BitSet;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jdk.jfr.FlightRecorder;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RecordedTrace;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.autograd.scan.StepTracer.Traced;

/**
 * The plans of one step. Each call of a scan calls the step once on symbols, for it may do
 * something else than the last time: switch dropout off, use other tensors. Most calls do what an
 * earlier one did, and are found by following its trace, which takes a few microseconds; the others
 * are traced anew, and their plan is found by what they compute.
 */
final class PlanCache {
  /** Plans kept; a step rarely has more than a training and an inference form. */
  private static final int PLANS = 16;

  /** Traces kept to be followed: those forms for two batches. */
  private static final int TRACES = 4;

  private final Map<Signature, CompiledStep> plans =
      Collections.synchronizedMap(
          new LinkedHashMap<>(PLANS, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Signature, CompiledStep> eldest) {
              return size() > PLANS;
            }
          });

  /** The latest first. */
  private volatile Known[] recent = {};

  /**
   * A trace and its plan.
   *
   * @param trace without the captured tensors
   * @param uniform the captured tensors all of whose elements are one
   * @param inputs the tree of symbols that the step was called on
   * @param state the other one
   */
  private record Known(
      StepTrace trace,
      RecordedTrace recorded,
      BitSet uniform,
      Planned.Form form,
      Object inputs,
      Object state) {}

  /**
   * The plan for a call.
   *
   * @param steps the call's, for who records that a plan was made
   * @param leaves the tensors and indices of {@code inputs}
   * @throws NotCompilableException if no plan can be made
   */
  <X, S, Y> Planned<S, Y> plan(
      Scan.StepFunction<X, S, Y> step, int steps, X inputs, S initial, StepInputs leaves) {
    List<Tensor> states = TensorTree.flatten(initial);
    int batch = batch(leaves, states);
    for (Known known : recent) {
      if (leaves.fit(known.trace, states)) {
        Planned<S, Y> found = follow(known, step, inputs, initial, leaves, states, batch);
        if (found != null) {
          return found;
        }
      }
    }
    Traced<S, Y> traced = StepTracer.trace(step, inputs, initial, leaves, states);
    List<Tensor> captured = traced.trace().captured();
    boolean training = isTraining(leaves.tensors(), states, captured);
    RecordedTrace recorded = traced.trace().trace().recorded();
    StepTrace trace = traced.trace().withoutCaptured();
    StepGraph graph;
    try {
      graph = StepTracer.graph(traced.trace(), batch);
    } catch (NotCompilableException e) {
      throw StepTracer.placed(e, step, inputs, initial, leaves, states);
    }
    @Nullable StepGradients gradients = training ? StepGradients.of(traced.trace(), graph) : null;
    Signature signature = Signature.of(graph, traced.trace(), gradients);
    @Nullable CompiledStep compiled = plans.get(signature);
    @Nullable ScanPlanEvent event = compiled == null ? beginEvent() : null;
    if (compiled == null) {
      compiled =
          plans.computeIfAbsent(signature, s -> CompiledStep.of(traced.trace(), graph, gradients));
    }
    List<Tensor> tensors = graph.captureTensors();
    Planned.Form form =
        new Planned.Form(
            compiled,
            tensors.subList(captured.size(), tensors.size()).stream()
                .map(Tensor::elements)
                .toList(),
            new OutputShapes(shapes(trace.outputs()), shapes(trace.states())),
            training,
            new StepReplay(trace, recorded));
    traced.trace().trace().clear();
    remember(
        new Known(
            trace,
            recorded,
            uniform(captured),
            form,
            symbols(null, inputs, trace.inputs(), trace.indices()),
            symbols(null, initial, trace.states(), List.of())));
    Planned<S, Y> planned =
        new Planned<>(traced.output(), traced.state(), form, leaves, states, captured, batch);
    if (event != null && event.shouldCommit()) {
      event.steps = steps;
      event.batch = batch;
      event.backend = Backends.current().name();
      event.plan = planned.text(steps, Map.of());
      event.commit();
    }
    return planned;
  }

  private static List<Shape> shapes(List<Tensor> symbols) {
    return symbols.stream().map(Tensor::shape).toList();
  }

  /** How many rows a step has. */
  private static int batch(StepInputs leaves, List<Tensor> states) {
    if (states.isEmpty() && leaves.tensors().isEmpty()) {
      throw new NotCompilableException("a step without tensors as inputs or states");
    }
    boolean ofInputs = !leaves.tensors().isEmpty();
    Shape first = (ofInputs ? leaves.tensors() : states).getFirst().shape();
    int axis = ofInputs ? leaves.lead() : 0;
    if (first.rank() <= axis || first.extent(axis) == 0) {
      throw new NotCompilableException("a step on a tensor of shape " + first + " has no rows");
    }
    return first.extent(axis);
  }

  /** None where nobody records: to initialise its class takes a tenth of a second. */
  private static @Nullable ScanPlanEvent beginEvent() {
    if (!FlightRecorder.isInitialized()) {
      return null;
    }
    var event = new ScanPlanEvent();
    event.begin();
    return event;
  }

  private static <X, S, Y> @Nullable Planned<S, Y> follow(
      Known known,
      Scan.StepFunction<X, S, Y> step,
      X inputs,
      S initial,
      StepInputs leaves,
      List<Tensor> states,
      int batch) {
    StepTrace trace = known.trace;
    if (!known.form.step().passes().equals(Pass.inUse())) {
      return null;
    }
    X x = symbols(known.inputs, inputs, trace.inputs(), trace.indices());
    S state = symbols(known.state, initial, trace.states(), List.of());
    var call = known.recorded.follow(() -> step.step(x, state));
    if (call == null) {
      return null;
    }
    Scan.Next<S, Y> next = call.result();
    List<Tensor> captured = call.captured();
    boolean same =
        TensorTree.isOver(next.output(), trace.outputs())
            && TensorTree.isOver(next.state(), trace.nextStates())
            && isUniform(captured, known.uniform)
            && isTraining(leaves.tensors(), states, captured) == known.form.training();
    return same
        ? new Planned<>(next.output(), next.state(), known.form, leaves, states, captured, batch)
        : null;
  }

  /** A tree of symbols: the known one where it has the structure that is given. */
  @SuppressWarnings("unchecked") // trees that are alike are of the same classes
  private static <T> T symbols(
      @Nullable Object known, T given, List<Tensor> tensors, List<IntTensor> indices) {
    return known != null && TensorTree.isAlike(known, given)
        ? (T) known
        : TensorTree.rebuild(given, new TensorTree.Leaves(tensors, indices));
  }

  private synchronized void remember(Known known) {
    Known[] all = new Known[Math.min(TRACES, recent.length + 1)];
    all[0] = known;
    System.arraycopy(recent, 0, all, 1, all.length - 1);
    recent = all;
  }

  private static BitSet uniform(List<Tensor> captured) {
    BitSet uniform = new BitSet();
    for (int i = 0; i < captured.size(); i++) {
      uniform.set(i, isUniform(captured.get(i)));
    }
    return uniform;
  }

  /** Whether these and no others have one element only. */
  private static boolean isUniform(List<Tensor> captured, BitSet which) {
    boolean same = true;
    for (int i = 0; i < captured.size(); i++) {
      same &= isUniform(captured.get(i)) == which.get(i);
    }
    return same;
  }

  private static boolean isUniform(Tensor tensor) {
    return StepSymbols.isUniform(tensor.elements().layout());
  }

  private static boolean isTraining(List<Tensor> xs, List<Tensor> states, List<Tensor> captured) {
    return Autograd.isRecording()
        && (anyNeedsGradient(xs) || anyNeedsGradient(states) || anyNeedsGradient(captured));
  }

  private static boolean anyNeedsGradient(List<Tensor> tensors) {
    for (int i = 0; i < tensors.size(); i++) {
      if (tensors.get(i).requiresGrad()) {
        return true;
      }
    }
    return false;
  }
}
