package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * What a plan depends on: two traces with equal signatures may share a plan, whatever their batch.
 *
 * @param nodes one entry a value of the graph
 * @param results the values that the step gives
 * @param captures shape and need of a gradient of each captured tensor that is not made of rows
 * @param gradients which inputs need a gradient
 * @param training whether a backward pass may follow
 * @param passes what the plan is made with
 */
record Signature(
    List<Node> nodes,
    List<Integer> results,
    List<Captured> captures,
    List<Boolean> gradients,
    DType dtype,
    boolean training,
    Set<Pass> passes) {

  /** A value. */
  record Node(Value.What what, List<Integer> args, int width) {}

  /** A captured tensor. */
  record Captured(Shape shape, boolean gradient) {}

  static Signature of(StepGraph graph, StepTrace trace, boolean training) {
    List<Node> nodes = new ArrayList<>(graph.values().size());
    for (Value value : graph.values()) {
      nodes.add(new Node(value.what, value.args.stream().map(arg -> arg.id).toList(), value.width));
    }
    List<Integer> results = new ArrayList<>();
    for (Tensor tensor : trace.outputs()) {
      results.add(id(graph, tensor));
    }
    for (Tensor tensor : trace.nextStates()) {
      results.add(id(graph, tensor));
    }
    List<Captured> captures =
        trace.captured().stream().map(t -> new Captured(t.shape(), t.requiresGrad())).toList();
    List<Boolean> gradients = trace.inputs().stream().map(Tensor::requiresGrad).toList();
    Tensor any = (trace.inputs().isEmpty() ? trace.states() : trace.inputs()).getFirst();
    return new Signature(
        nodes, results, captures, gradients, any.dtype(), training, graph.passes());
  }

  private static int id(StepGraph graph, Tensor tensor) {
    Value value = graph.value(tensor);
    return value == null ? -1 : value.id;
  }
}
