package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;

/** A step with its plans: what one trace of it gave, valid wherever a later trace is the same. */
final class CompiledStep {
  private final Plan plan;
  private final @Nullable Derivative derivative;
  private final int tensors;
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
      int tensors,
      List<List<MatrixBlock>> joinedMatrices,
      Set<Pass> passes) {
    this.plan = plan;
    this.derivative = derivative;
    this.tensors = tensors;
    this.joinedMatrices = joinedMatrices;
    this.passes = passes;
  }

  /**
   * Plans a step.
   *
   * @param graph its values, and those of the derivative if it has been traced
   * @param gradients the derivative, or null if no backward pass follows
   */
  static CompiledStep of(StepTrace trace, StepGraph graph, @Nullable StepGradients gradients) {
    List<Value> outputs = values(graph, trace.outputs());
    List<Value> states = values(graph, trace.nextStates());
    List<Value> leaves = new ArrayList<>(values(graph, trace.inputs()));
    leaves.addAll(values(graph, trace.states()));
    List<Value> results = new ArrayList<>(leaves);
    results.addAll(outputs);
    results.addAll(states);
    if (gradients != null) {
      results.addAll(gradients.results());
    }
    int tensors = graph.captureTensors().size();
    Set<Pass> passes = graph.passes();
    List<Value> back = gradients == null ? List.of() : gradients.states();
    Merge merge =
        new Merge(graph.values(), graph.forward(), states, back, results, tensors, passes);
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
    return new CompiledStep(plan, derivative, tensors, merge.joinedMatrices(), passes);
  }

  private static List<Value> values(StepGraph graph, List<Tensor> symbols) {
    return symbols.stream().map(symbol -> Objects.requireNonNull(graph.value(symbol))).toList();
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

  /** How many tensors the step captures, and the rules of its derivative have made. */
  int tensors() {
    return tensors;
  }

  /** The blocks of matrices put together of those tensors, which they follow. */
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
}
