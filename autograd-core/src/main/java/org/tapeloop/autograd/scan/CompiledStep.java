package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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
  private final List<ArrayView> constants;
  private final List<List<MatrixBlock>> joinedMatrices;
  private final Set<Pass> passes;

  /** For the backend that was used last. */
  private volatile @Nullable PreparedScan prepared;

  /**
   * A backward pass.
   *
   * @param plan how it is computed
   * @param captureGradients how its sums become the gradients of captured tensors
   */
  record Derivative(Plan.Back plan, CaptureGradients captureGradients) {}

  private CompiledStep(
      Plan plan,
      @Nullable Derivative derivative,
      List<ArrayView> constants,
      List<List<MatrixBlock>> joinedMatrices,
      Set<Pass> passes) {
    this.plan = plan;
    this.derivative = derivative;
    this.constants = constants;
    this.joinedMatrices = joinedMatrices;
    this.passes = passes;
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
    @Nullable Gradients gradients = training ? differentiate(trace, graph) : null;
    List<Tensor> all = graph.captureTensors();
    List<Value> results = new ArrayList<>(leaves);
    results.addAll(outputs);
    results.addAll(states);
    if (gradients != null) {
      results.addAll(gradients.results());
    }
    Set<Pass> passes = graph.passes();
    List<Value> back = gradients == null ? List.of() : gradients.states;
    Merge merge = new Merge(graph.values(), forward, states, back, results, all.size(), passes);
    List<Value> standing = new ArrayList<>(merge.of(leaves));
    standing.addAll(merge.tableRows());
    ForwardPlanner planner =
        new ForwardPlanner(standing, merge.of(outputs), merge.of(states), passes);
    if (gradients != null) {
      planner.keepFor(ValueSets.closure(gradients.wanted(merge)), merge::isForward);
    }
    Plan plan = planner.plan();
    @Nullable Derivative derivative =
        gradients == null ? null : gradients.plan(merge, planner, graph);
    List<ArrayView> constants =
        all.subList(captured, all.size()).stream().map(Tensor::elements).toList();
    trace.trace().clear();
    return new CompiledStep(plan, derivative, constants, merge.joinedMatrices(), passes);
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

  /** Tensors that the derivative's rules have made, which follow those that the step captured. */
  List<ArrayView> constants() {
    return constants;
  }

  /** The blocks of matrices put together of captured ones, which follow the constants. */
  List<List<MatrixBlock>> joinedMatrices() {
    return joinedMatrices;
  }

  /**
   * Puts the joined matrices together.
   *
   * @param captures the captured tensors and the constants; the joined matrices are added
   * @param memory where they are put
   */
  void joinMatrices(Backend backend, List<ArrayView> captures, Frame memory) {
    for (int i = 0; i < joinedMatrices.size(); i++) {
      List<MatrixBlock> blocks = joinedMatrices.get(i);
      ArrayView whole = memory.joined(i, blocks);
      int columns = whole.layout().extent(1);
      int column = 0;
      for (int k = 0; k < blocks.size(); k++) {
        MatrixBlock block = blocks.get(k);
        ArrayView part =
            whole.with(memory.layouts().matrix(column, block.rows(), block.columns(), columns, 1));
        backend.copy(block.view(captures, memory.layouts()), part);
        column += block.columns();
      }
      captures.add(whole);
    }
  }

  /** What the plan was made with. */
  Set<Pass> passes() {
    return passes;
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

    /** What is asked for. */
    List<Value> wanted() {
      List<Value> wanted = new ArrayList<>(states);
      inputs.stream().filter(Objects::nonNull).forEach(v -> wanted.add(Objects.requireNonNull(v)));
      sums.values().forEach(wanted::add);
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

    Derivative plan(Merge merge, ForwardPlanner forward, StepGraph graph) {
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
      return new Derivative(plan, new CaptureGradients(captures, found, graph.finals()));
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
