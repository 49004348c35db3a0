package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RecordedTrace;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.Trace;

/**
 * A recorded step run over time on the tensors it met when it was recorded, each operation on the
 * tape: what the higher derivatives of a compiled scan come from.
 *
 * <p>Calling the step again would not do: what it captured may have been computed for that one call
 * only, a normalised weight say, or stood in a parameter's place.
 */
final class StepReplay {
  private final StepTrace trace;
  private final RecordedTrace recorded;

  /**
   * @param recorded the operations of the step without those of its derivative
   */
  StepReplay(StepTrace trace, RecordedTrace recorded) {
    this.trace = trace;
    this.recorded = recorded;
  }

  /**
   * The outputs of all steps, with time as first axis, and then the last states.
   *
   * @param indices the indices of all steps
   * @param all the inputs, the initial states, and the captured tensors
   */
  List<Tensor> run(int steps, List<IntTensor> indices, List<Tensor> all) {
    int first = trace.inputs().size();
    int second = first + trace.states().size();
    List<Tensor> inputs = all.subList(0, first);
    List<Tensor> initial = all.subList(first, second);
    List<Tensor> captured = all.subList(second, all.size());
    List<List<Tensor>> slices = inputs.stream().map(x -> x.unstack(0)).toList();
    Map<Tensor, Tensor> values = new HashMap<>();
    for (int c = 0; c < captured.size(); c++) {
      values.put(recorded.captureSymbols().get(c), captured.get(c));
    }
    List<List<Tensor>> outputs = new ArrayList<>();
    List<Tensor> states = initial;
    for (int t = 0; t < steps; t++) {
      for (int i = 0; i < slices.size(); i++) {
        values.put(trace.inputs().get(i), slices.get(i).get(t));
      }
      for (int k = 0; k < states.size(); k++) {
        values.put(trace.states().get(k), states.get(k));
      }
      int now = t;
      recorded
          .calls()
          .forEach(call -> evaluate(call, values, symbol -> indicesOf(symbol, indices, now)));
      outputs.add(all(trace.outputs(), values));
      states = all(trace.nextStates(), values);
    }
    List<Tensor> results = new ArrayList<>();
    for (int j = 0; j < trace.outputs().size(); j++) {
      int output = j;
      results.add(Tensor.stack(outputs.stream().map(step -> step.get(output)).toList(), 0));
    }
    results.addAll(states);
    return results;
  }

  /** What symbolic indices are at a step; others are themselves. */
  private IntTensor indicesOf(IntTensor symbol, List<IntTensor> indices, int t) {
    for (int i = 0; i < indices.size(); i++) {
      if (symbol.isReshaped(trace.indices().get(i))) {
        return indices.get(i).select(0, t).reshape(symbol.shape().extents());
      }
    }
    return symbol;
  }

  private static void evaluate(
      Trace.Call call, Map<Tensor, Tensor> values, UnaryOperator<IntTensor> indices) {
    List<Tensor> operands = all(call.inputs(), values);
    // What the step computed without recording must stay so.
    List<Tensor> results =
        call.outputs().stream().anyMatch(Tensor::requiresGrad)
            ? call.evaluateAll(operands, indices)
            : Autograd.noGrad(() -> call.evaluateAll(operands, indices));
    for (int i = 0; i < results.size(); i++) {
      values.put(call.outputs().get(i), results.get(i));
    }
  }

  /** A symbol's value; what the step returned without an operation on symbols is one itself. */
  private static List<Tensor> all(List<Tensor> symbols, Map<Tensor, Tensor> values) {
    return symbols.stream()
        .map(symbol -> symbol.isSymbolic() ? Objects.requireNonNull(values.get(symbol)) : symbol)
        .toList();
  }
}
