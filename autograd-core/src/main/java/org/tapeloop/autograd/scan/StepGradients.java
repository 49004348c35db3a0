package org.tapeloop.autograd.scan;

import java.util.ArrayList;
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

/** The derivative of a step, traced: which values of the step's graph it consists of. */
final class StepGradients {
  private final List<Value> cotangents = new ArrayList<>();
  private final List<Value> carries = new ArrayList<>();
  private final List<Value> states = new ArrayList<>();
  private final List<@Nullable Value> inputs = new ArrayList<>();
  private final List<@Nullable Tensor> captures = new ArrayList<>();

  /** What is summed over rows and steps, by symbol. */
  private final Map<Tensor, Value> sums = new LinkedHashMap<>();

  private StepGradients() {}

  /**
   * Traces the derivative of a step.
   *
   * @param graph the step's values; takes those of the derivative
   * @throws NotCompilableException if the derivative looks at values, or mixes rows
   */
  static StepGradients of(StepTrace step, StepGraph graph) {
    StepGradients result = new StepGradients();
    graph.beginDerivative();
    int done = step.trace().calls().size();
    Map<Tensor, Tensor> gradients = result.differentiate(step, graph);
    graph.addCaptures(step.trace().captures());
    List<Trace.Call> calls = step.trace().calls();
    calls.subList(done, calls.size()).forEach(graph::add);
    for (Tensor state : step.states()) {
      result.states.add(graph.rowsOrZeros(gradients.get(state), state));
    }
    for (Tensor input : step.inputs()) {
      Tensor g = gradients.get(input);
      result.inputs.add(isZero(g) ? null : graph.rowsOrZeros(g, input));
    }
    for (Tensor capture : step.captureSymbols()) {
      Tensor g = gradients.get(capture);
      result.captures.add(isZero(g) ? null : g);
      if (!isZero(g)) {
        graph.collectSums(Objects.requireNonNull(g), result.sums);
      }
    }
    return result;
  }

  /** Defines the cotangents, and records the derivative's operations. */
  private Map<Tensor, Tensor> differentiate(StepTrace step, StepGraph graph) {
    Trace trace = step.trace();
    List<Tensor> of = new ArrayList<>();
    List<Tensor> with = new ArrayList<>();
    for (int j = 0; j < step.outputs().size(); j++) {
      Tensor y = step.outputs().get(j);
      if (y.requiresGrad()) {
        Tensor g = trace.symbol(y.dtype(), y.shape(), false);
        cotangents.add(graph.define(g, new Value.Cotangent(j)));
        of.add(y);
        with.add(g);
      }
    }
    for (int k = 0; k < step.nextStates().size(); k++) {
      Tensor s = step.nextStates().get(k);
      Tensor g = trace.symbol(s.dtype(), s.shape(), false);
      carries.add(graph.define(g, new Value.Carry(k)));
      of.add(s);
      with.add(g);
    }
    List<Tensor> wrt = new ArrayList<>();
    wrt.addAll(step.inputs().stream().filter(Tensor::requiresGrad).toList());
    wrt.addAll(step.states());
    wrt.addAll(step.captureSymbols().stream().filter(Tensor::requiresGrad).toList());
    try {
      return Autograd.enableGrad(() -> Autograd.gradients(of, with, wrt, GraphMode.RETAIN));
    } catch (SymbolicTensorException e) {
      throw new NotCompilableException("derivative: " + e.getMessage(), e);
    }
  }

  private static boolean isZero(@Nullable Tensor gradient) {
    return gradient == null || !gradient.isSymbolic();
  }

  /** The cotangents of the states before the step. */
  List<Value> states() {
    return states;
  }

  /** The gradient of each input, null where it is 0 or none is wanted. */
  List<@Nullable Value> inputs() {
    return inputs;
  }

  /** The symbol of each captured tensor's gradient, null where it is 0 or none is wanted. */
  List<@Nullable Tensor> captures() {
    return captures;
  }

  /** What is asked for. */
  private List<Value> wanted() {
    List<Value> wanted = new ArrayList<>(states);
    inputs.stream().filter(Objects::nonNull).forEach(v -> wanted.add(Objects.requireNonNull(v)));
    wanted.addAll(sums.values());
    return wanted;
  }

  /** What is asked for, and the cotangents it is asked for with. */
  List<Value> results() {
    List<Value> results = new ArrayList<>(cotangents);
    results.addAll(carries);
    results.addAll(wanted());
    return results;
  }

  /** What is asked for, after merging. */
  List<Value> wanted(Merge merge) {
    List<Value> wanted = new ArrayList<>(merge.of(states));
    for (Value input : inputs) {
      if (input != null) {
        wanted.add(merge.of(input));
      }
    }
    sums.values().forEach(sum -> wanted.add(merge.part(sum).sum()));
    return wanted;
  }

  /** Plans the backward pass. */
  CompiledStep.Derivative plan(Merge merge, ForwardPlanner forward, StepGraph graph) {
    List<@Nullable Value> inputGradients = new ArrayList<>();
    inputs.forEach(gradient -> inputGradients.add(gradient == null ? null : merge.of(gradient)));
    List<Value> totals = sums.values().stream().map(s -> merge.part(s).sum()).distinct().toList();
    BackwardPlanner planner =
        new BackwardPlanner(
            forward, merge.of(cotangents), merge.of(carries), merge.of(states), graph.passes());
    Plan.Back plan = planner.plan(inputGradients, totals);
    Map<Tensor, CaptureGradients.Total> found = new LinkedHashMap<>();
    sums.forEach(
        (symbol, sum) -> {
          Merge.Part part = merge.part(sum);
          int index = totals.indexOf(part.sum());
          found.put(symbol, new CaptureGradients.Total(index, part));
        });
    return new CompiledStep.Derivative(plan, new CaptureGradients(captures, found, graph.finals()));
  }
}
