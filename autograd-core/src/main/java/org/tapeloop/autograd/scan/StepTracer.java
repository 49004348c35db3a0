package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.SymbolicTensorException;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.autograd.Trace;

/** Calls a step once on symbols, and translates what it recorded. */
final class StepTracer {
  private StepTracer() {}

  /**
   * A trace and the structure of what the step gave.
   *
   * @param output of symbols
   * @param state of symbols
   */
  record Traced<S, Y>(StepTrace trace, Y output, S state) {}

  /**
   * Traces a step.
   *
   * @param inputs gives the structure of a step's inputs
   * @param leaves its tensors and indices
   * @param states the tensors of {@code initial}
   * @throws NotCompilableException if the step looks at values, or changes the state's shape
   */
  static <X, S, Y> Traced<S, Y> trace(
      Scan.StepFunction<X, S, Y> step,
      X inputs,
      S initial,
      StepInputs leaves,
      List<Tensor> states) {
    return trace(new Trace(), step, inputs, initial, leaves, states);
  }

  private static <X, S, Y> Traced<S, Y> trace(
      Trace trace,
      Scan.StepFunction<X, S, Y> step,
      X inputs,
      S initial,
      StepInputs leaves,
      List<Tensor> states) {
    TensorTree.Leaves symbols = leaves.symbols(trace);
    List<Tensor> stateSymbols = new ArrayList<>();
    for (Tensor s : states) {
      stateSymbols.add(trace.symbol(s.dtype(), s.shape(), Autograd.isRecording()));
    }
    Scan.Next<S, Y> next;
    try {
      next =
          Trace.once(
              () ->
                  step.step(
                      TensorTree.rebuild(inputs, symbols),
                      TensorTree.rebuild(initial, stateSymbols)));
    } catch (SymbolicTensorException e) {
      throw new NotCompilableException(e.getMessage() + place(e), e);
    }
    StateShapes.change(initial, next.state())
        .ifPresent(
            change -> {
              throw new NotCompilableException("one step changes " + change);
            });
    StepTrace recorded =
        new StepTrace(
            trace,
            symbols.tensors(),
            symbols.indices(),
            stateSymbols,
            TensorTree.flatten(next.output()),
            TensorTree.flatten(next.state()),
            List.copyOf(trace.captures().keySet()));
    return new Traced<>(recorded, next.output(), next.state());
  }

  /** The refusal with the place in the step that it is about, found by tracing that far again. */
  static <X, S, Y> NotCompilableException placed(
      NotCompilableException refusal,
      Scan.StepFunction<X, S, Y> step,
      X inputs,
      S initial,
      StepInputs leaves,
      List<Tensor> states) {
    if (refusal.call() < 0) {
      return refusal;
    }
    try {
      trace(new Trace(refusal.call()), step, inputs, initial, leaves, states);
      return refusal;
    } catch (NotCompilableException found) {
      return found.getCause() instanceof SymbolicTensorException there
          ? new NotCompilableException(refusal.getMessage() + place(there), refusal)
          : refusal;
    }
  }

  /** Where outside this library the operation was called. */
  private static String place(SymbolicTensorException e) {
    Set<String> ours = Set.of(Tensor.class.getPackageName(), Scan.class.getPackageName());
    for (StackTraceElement frame : e.getStackTrace()) {
      String type = frame.getClassName();
      String folder = type.substring(0, Math.max(0, type.lastIndexOf('.')));
      if (!ours.contains(folder) && !folder.startsWith("java.") && !folder.startsWith("jdk.")) {
        return ", at %s.%s(%s:%d)"
            .formatted(type, frame.getMethodName(), frame.getFileName(), frame.getLineNumber());
      }
    }
    return "";
  }

  /** The values of a trace. */
  static StepGraph graph(StepTrace trace, int batch) {
    StepGraph graph = new StepGraph(batch, trace.indices(), Pass.inUse());
    for (int i = 0; i < trace.inputs().size(); i++) {
      graph.define(trace.inputs().get(i), new Value.Input(i));
    }
    for (int k = 0; k < trace.states().size(); k++) {
      graph.define(trace.states().get(k), new Value.State(k));
    }
    requireOneType(trace);
    graph.addCaptures(trace.trace().captures());
    List<Trace.Call> calls = trace.trace().calls();
    for (int i = 0; i < calls.size(); i++) {
      try {
        graph.add(calls.get(i));
      } catch (NotCompilableException e) {
        throw new NotCompilableException(String.valueOf(e.getMessage()), e, i);
      }
    }
    trace.outputs().forEach(result -> requireRows(graph, result));
    trace.nextStates().forEach(result -> requireRows(graph, result));
    return graph;
  }

  /** Refuses a result that is no row of the batch, such as a sum over it. */
  private static void requireRows(StepGraph graph, Tensor result) {
    Value value = graph.value(result);
    if (value == null || value.isSum()) {
      throw new NotCompilableException(
          "the step returns a tensor of shape "
              + result.shape()
              + " that is not a row of the batch");
    }
  }

  private static void requireOneType(StepTrace trace) {
    List<Tensor> all = new ArrayList<>(trace.inputs());
    all.addAll(trace.states());
    all.addAll(trace.captured());
    DType dtype = all.getFirst().dtype();
    for (Tensor tensor : all) {
      if (tensor.dtype() != dtype) {
        throw new NotCompilableException("the step mixes " + dtype + " and " + tensor.dtype());
      }
    }
  }
}
