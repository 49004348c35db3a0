package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Form;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.Trace;

/**
 * What a plan depends on: two traces with equal signatures may share a plan, whatever their batch.
 *
 * <p>The derivative is part of it. Steps that compute the same may differ in where gradients end,
 * in the row of a table that gets none, or in numbers of a rule, such as an exponent less 1.
 *
 * @param nodes one entry a value of the graph, those of the derivative included
 * @param results the values that the step gives
 * @param captures shape and need of a gradient of each captured tensor that is not made of rows
 * @param tensors how many are captured, those included that the derivative's rules have made
 * @param gradients what the derivative gives, or null if no backward pass follows
 * @param passes what the plan is made with
 */
record Signature(
    List<Node> nodes,
    List<Integer> results,
    List<Captured> captures,
    int tensors,
    @Nullable Gradients gradients,
    DType dtype,
    Set<Pass> passes) {
  private static final int NONE = -1;

  /** A value. */
  record Node(Value.What what, List<Integer> args, int width) {}

  /** A captured tensor. */
  record Captured(Shape shape, boolean gradient) {}

  /** The values that are the gradients of states and inputs, and those of captured tensors. */
  record Gradients(List<Integer> states, List<Integer> inputs, List<CaptureGradient> captures) {}

  /**
   * The gradient of a captured tensor, or what it is made of.
   *
   * @param value the value that it is, or none
   * @param form the operation that makes it, or null
   */
  record CaptureGradient(
      int value, @Nullable Form form, @Nullable Shape shape, List<CaptureGradient> of) {
    private static final CaptureGradient ZERO = new CaptureGradient(NONE, null, null, List.of());
  }

  static Signature of(StepGraph graph, StepTrace trace, @Nullable StepGradients gradients) {
    List<Node> nodes = new ArrayList<>(graph.values().size());
    for (Value value : graph.values()) {
      nodes.add(new Node(value.what, ids(value.args), value.width));
    }
    List<Integer> results = new ArrayList<>();
    trace.outputs().forEach(tensor -> results.add(id(graph.value(tensor))));
    trace.nextStates().forEach(tensor -> results.add(id(graph.value(tensor))));
    List<Captured> captures =
        trace.captured().stream().map(t -> new Captured(t.shape(), t.requiresGrad())).toList();
    Tensor any = (trace.inputs().isEmpty() ? trace.states() : trace.inputs()).getFirst();
    return new Signature(
        nodes,
        results,
        captures,
        graph.captureTensors().size(),
        gradients == null ? null : of(graph, gradients),
        any.dtype(),
        graph.passes());
  }

  private static Gradients of(StepGraph graph, StepGradients gradients) {
    List<CaptureGradient> captures = new ArrayList<>();
    gradients.captures().forEach(symbol -> captures.add(of(graph, symbol)));
    return new Gradients(ids(gradients.states()), ids(gradients.inputs()), captures);
  }

  private static CaptureGradient of(StepGraph graph, @Nullable Tensor symbol) {
    if (symbol == null) {
      return CaptureGradient.ZERO;
    }
    Value value = graph.value(symbol);
    if (value != null) {
      return new CaptureGradient(value.id, null, symbol.shape(), List.of());
    }
    Trace.Call call = Objects.requireNonNull(graph.finals().get(symbol));
    List<CaptureGradient> operands =
        call.inputs().stream().map(operand -> of(graph, operand)).toList();
    return new CaptureGradient(NONE, call.form(), symbol.shape(), operands);
  }

  private static List<Integer> ids(List<@Nullable Value> values) {
    List<Integer> ids = new ArrayList<>(values.size());
    values.forEach(value -> ids.add(id(value)));
    return ids;
  }

  private static int id(@Nullable Value value) {
    return value == null ? NONE : value.id;
  }
}
