package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.GraphMode;
import org.tapeloop.autograd.SymbolicTensorException;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.Trace;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;

/** A step with its plans: what one trace of it gave, valid wherever a later trace is the same. */
final class CompiledStep {
  private final Plan plan;
  private final @Nullable Derivative derivative;
  private final Map<Tensor, Trace.Call> finals;
  private final List<ArrayView> constants;

  /** For the backend that was used last. */
  private volatile @Nullable PreparedScan prepared;

  /**
   * A backward pass.
   *
   * @param plan how it is computed
   * @param captureGradients for each captured tensor of the forward step the symbol of its
   *     gradient, or null for 0
   * @param sums symbols of what is summed over rows and steps, and which of the plan's sums each is
   */
  record Derivative(
      Plan.Back plan, List<@Nullable Tensor> captureGradients, Map<Tensor, Integer> sums) {}

  private CompiledStep(
      Plan plan,
      @Nullable Derivative derivative,
      Map<Tensor, Trace.Call> finals,
      List<ArrayView> constants) {
    this.plan = plan;
    this.derivative = derivative;
    this.finals = finals;
    this.constants = constants;
  }

  /** Plans a step; the trace, which serves for nothing afterwards, is emptied. */
  static CompiledStep of(StepTrace trace, StepGraph graph, boolean training) {
    int forward = graph.values().size();
    int captured = trace.captured().size();
    List<Value> outputs = trace.outputs().stream().map(t -> require(graph, t)).toList();
    List<Value> states = trace.nextStates().stream().map(t -> require(graph, t)).toList();
    List<Value> leaves = new ArrayList<>();
    trace.inputs().forEach(t -> leaves.add(require(graph, t)));
    trace.states().forEach(t -> leaves.add(require(graph, t)));
    Planner planner = new Planner(leaves, outputs, states);
    Plan plan;
    @Nullable Derivative derivative = null;
    if (training) {
      Gradients gradients = differentiate(trace, graph);
      planner.keepFor(gradients.needed(graph), v -> v.id < forward);
      plan = planner.forward();
      List<Value> sums = gradients.sums.values().stream().distinct().toList();
      Plan.Back back =
          planner.backward(
              gradients.cotangents, gradients.carries, gradients.states, gradients.inputs, sums);
      Map<Tensor, Integer> numbers = new LinkedHashMap<>();
      gradients.sums.forEach((symbol, sum) -> numbers.put(symbol, sums.indexOf(sum)));
      derivative = new Derivative(back, gradients.captures, numbers);
    } else {
      plan = planner.forward();
    }
    List<Tensor> all = graph.captureTensors();
    List<ArrayView> constants =
        all.subList(captured, all.size()).stream().map(Tensor::elements).toList();
    trace.trace().clear();
    return new CompiledStep(plan, derivative, graph.finals(), constants);
  }

  private static Value require(StepGraph graph, Tensor symbol) {
    Value value = graph.value(symbol);
    if (value == null) {
      throw new NotCompilableException(
          "the step returns a tensor of shape "
              + symbol.shape()
              + " that is not a row of the batch");
    }
    return value;
  }

  Plan plan() {
    return plan;
  }

  /** The backward pass, or null if the step was compiled for inference. */
  @Nullable Derivative derivative() {
    return derivative;
  }

  /** The memory of both passes. */
  List<Buffers.Buffer> buffers() {
    return derivative == null ? plan.buffers() : derivative.plan().buffers();
  }

  /** The operations on sums, by result. */
  Map<Tensor, Trace.Call> finals() {
    return finals;
  }

  /** Tensors that the derivative's rules have made, which follow those that the step captured. */
  List<ArrayView> constants() {
    return constants;
  }

  /** The step made ready for a backend. */
  PreparedScan on(Backend backend, ArrayView like) {
    PreparedScan known = prepared;
    if (known == null || known.backend() != backend) {
      known = new PreparedScan(this, backend, like);
      prepared = known;
    }
    return known;
  }

  /** The traced derivative of a step. */
  private static final class Gradients {
    final List<Value> cotangents = new ArrayList<>();
    final List<Value> carries = new ArrayList<>();
    final List<Value> states = new ArrayList<>();
    final List<@Nullable Value> inputs = new ArrayList<>();
    final List<@Nullable Tensor> captures = new ArrayList<>();

    /** What is summed over rows and steps, by symbol. */
    final Map<Tensor, Value> sums = new LinkedHashMap<>();

    /** The values that are asked for, and all they are computed from. */
    List<Value> needed(StepGraph graph) {
      List<Value> open = new ArrayList<>(states);
      inputs.stream().filter(Objects::nonNull).forEach(v -> open.add(Objects.requireNonNull(v)));
      open.addAll(sums.values());
      boolean[] seen = new boolean[graph.values().size()];
      List<Value> needed = new ArrayList<>();
      while (!open.isEmpty()) {
        Value next = open.removeLast();
        if (!seen[next.id]) {
          seen[next.id] = true;
          needed.add(next);
          open.addAll(next.args);
        }
      }
      needed.sort(Comparator.comparingInt(v -> v.id));
      return needed;
    }
  }

  private static Gradients differentiate(StepTrace step, StepGraph graph) {
    Gradients result = new Gradients();
    graph.beginDerivative();
    Trace trace = step.trace();
    int done = trace.calls().size();
    List<Tensor> of = new ArrayList<>();
    List<Tensor> with = new ArrayList<>();
    for (int j = 0; j < step.outputs().size(); j++) {
      Tensor y = step.outputs().get(j);
      if (y.requiresGrad()) {
        Tensor g = trace.symbol(y.dtype(), y.shape(), false);
        result.cotangents.add(graph.define(g, new Value.Cotangent(j)));
        of.add(y);
        with.add(g);
      }
    }
    for (int k = 0; k < step.nextStates().size(); k++) {
      Tensor s = step.nextStates().get(k);
      Tensor g = trace.symbol(s.dtype(), s.shape(), false);
      result.carries.add(graph.define(g, new Value.Carry(k)));
      of.add(s);
      with.add(g);
    }
    List<Tensor> captures = step.captureSymbols();
    List<Tensor> wrt = new ArrayList<>();
    wrt.addAll(step.inputs().stream().filter(Tensor::requiresGrad).toList());
    wrt.addAll(step.states());
    wrt.addAll(captures.stream().filter(Tensor::requiresGrad).toList());
    Map<Tensor, Tensor> gradients;
    try {
      gradients = Autograd.enableGrad(() -> Autograd.gradients(of, with, wrt, GraphMode.RETAIN));
    } catch (SymbolicTensorException e) {
      throw new NotCompilableException("derivative: " + e.getMessage(), e);
    }
    graph.addCaptures(trace.captures());
    for (Trace.Call call : trace.calls().subList(done, trace.calls().size())) {
      graph.add(call);
    }
    for (Tensor state : step.states()) {
      result.states.add(graph.rowsOrZeros(gradients.get(state), state));
    }
    for (Tensor input : step.inputs()) {
      Tensor g = gradients.get(input);
      result.inputs.add(g == null || !g.isSymbolic() ? null : graph.rowsOrZeros(g, input));
    }
    for (Tensor capture : captures) {
      Tensor g = gradients.get(capture);
      boolean zero = g == null || !g.isSymbolic();
      result.captures.add(zero ? null : g);
      if (!zero) {
        graph.collectSums(Objects.requireNonNull(g), result.sums);
      }
    }
    return result;
  }
}
