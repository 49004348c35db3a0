package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Form;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.Trace;
import org.tapeloop.autograd.spi.ArrayView;

/**
 * How the gradients of captured tensors are made of the sums over rows and steps: each is one of
 * them, or what operations make of some.
 */
final class CaptureGradients {
  private static final int NONE = -1;

  private sealed interface Step {}

  /** A sum, which may be a part of one that is computed. */
  private record Sum(Total total, Shape shape) implements Step {}

  /**
   * An operation.
   *
   * @param operands numbers of earlier steps
   */
  private record Operation(Trace.Call call, List<Integer> operands) implements Step {}

  /**
   * Where a sum over rows and steps is found.
   *
   * @param index which of the plan's sums it is, or is part of
   * @param part which rows and columns
   */
  record Total(int index, Merge.Part part) {

    /** Whether its elements have no gaps between them. */
    boolean isDense() {
      return part.rows() <= 1;
    }

    private ArrayView of(ArrayView whole, KnownLayouts layouts) {
      if (part.rows() == 0) {
        return whole;
      }
      int width = whole.layout().extent(1);
      int start = part.row() * width + part.column();
      return whole.with(layouts.matrix(start, part.rows(), part.columns(), width, 1));
    }
  }

  private final List<Step> steps = new ArrayList<>();

  /** For each captured tensor the number of the step that gives its gradient, or NONE for 0. */
  private final List<Integer> gradients = new ArrayList<>();

  /**
   * @param symbols the gradient of each captured tensor, or null for 0
   * @param totals the symbols of sums
   * @param finals the operations on them, by result
   */
  CaptureGradients(
      List<@Nullable Tensor> symbols, Map<Tensor, Total> totals, Map<Tensor, Trace.Call> finals) {
    Map<Tensor, Integer> numbers = new HashMap<>();
    for (Tensor symbol : symbols) {
      gradients.add(symbol == null ? NONE : number(symbol, numbers, totals, finals));
    }
  }

  private int number(
      Tensor symbol,
      Map<Tensor, Integer> numbers,
      Map<Tensor, Total> totals,
      Map<Tensor, Trace.Call> finals) {
    Integer known = numbers.get(symbol);
    if (known != null) {
      return known;
    }
    Total total = totals.get(symbol);
    Trace.Call call = finals.get(symbol);
    if (total == null && call != null && call.form() instanceof Form.Reshape) {
      // A dense sum is looked at under another shape.
      Total operand = totals.get(call.inputs().getFirst());
      total = operand != null && operand.isDense() ? operand : null;
    }
    Step step;
    if (total != null) {
      step = new Sum(total, symbol.shape());
    } else {
      Trace.Call made = Objects.requireNonNull(call);
      step =
          new Operation(
              made,
              made.inputs().stream().map(input -> number(input, numbers, totals, finals)).toList());
    }
    steps.add(step);
    numbers.put(symbol, steps.size() - 1);
    return steps.size() - 1;
  }

  /**
   * Appends the gradients of the captured tensors, null where they are 0.
   *
   * @param computed the plan's sums
   */
  void addTo(List<@Nullable Tensor> all, DeferredSums computed, KnownLayouts layouts) {
    Tensor[] values = new Tensor[steps.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (steps.get(i)) {
            case Sum(var total, var shape) ->
                Tensor.over(total.of(computed.total(total.index()), layouts), shape);
            case Operation operation -> evaluate(operation, values);
          };
    }
    for (int i = 0; i < gradients.size(); i++) {
      int number = gradients.get(i);
      all.add(number == NONE ? null : values[number]);
    }
  }

  private static Tensor evaluate(Operation operation, Tensor[] values) {
    Tensor[] operands = new Tensor[operation.operands.size()];
    for (int k = 0; k < operands.length; k++) {
      operands[k] = values[operation.operands.get(k)];
    }
    return operation.call.evaluate(operands);
  }
}
