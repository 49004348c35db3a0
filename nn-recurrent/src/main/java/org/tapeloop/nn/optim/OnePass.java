package org.tapeloop.nn.optim;

import java.util.List;
import java.util.function.UnaryOperator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.scan.NotCompilableException;
import org.tapeloop.autograd.scan.Scan;
import org.tapeloop.autograd.scan.ScanMode;

/**
 * Runs a function of elements over large tensors in one pass: what it computes in between stays in
 * cache. An operation at a time, each would read and write all of memory; results are the same.
 */
final class OnePass {
  /** Elements of tensors that stay in cache anyway. */
  private static final int SMALL = 1 << 15;

  /** Elements of a row that are worth a call. */
  private static final int SHORT = 64;

  /** Plans are shared by all calls: the function of elements is a step that has no state. */
  private final Scan<List<Tensor>, List<Tensor>, List<Tensor>> scan =
      Scan.over((List<Tensor> x, List<Tensor> state) -> new Scan.Next<>(x, state))
          .in(ScanMode.COMPILED);

  /** Whether tensors of a shape are worth it. */
  static boolean pays(Shape shape) {
    return shape.size() >= SMALL && shape.extent(-1) >= SHORT;
  }

  /**
   * The function's results.
   *
   * @param function of tensors of one shape, element by element, to such tensors; called once, on
   *     symbols
   * @throws NotCompilableException if it is no function of elements
   */
  List<Tensor> run(UnaryOperator<List<Tensor>> function, List<Tensor> operands) {
    Shape shape = operands.getFirst().shape();
    return byRows(function, operands).stream().map(result -> result.reshape(shape)).toList();
  }

  /**
   * The sum over a tensor of a function of its elements: of rows first, then of their sums.
   *
   * @param function as for {@link #run}
   */
  Tensor sum(UnaryOperator<Tensor> function, Tensor operand) {
    return byRows(
            symbols -> List.of(function.apply(symbols.getFirst()).sum(new int[] {-1}, true)),
            List.of(operand))
        .getFirst()
        .sum();
  }

  private List<Tensor> byRows(UnaryOperator<List<Tensor>> function, List<Tensor> operands) {
    Shape shape = operands.getFirst().shape();
    int width = shape.extent(-1);
    Shape rows = Shape.of(1, shape.size() / width, width);
    return scan.of(
            (List<Tensor> x, List<Tensor> state) -> new Scan.Next<>(function.apply(x), state))
        .run(operands.stream().map(operand -> operand.reshape(rows)).toList(), List.of())
        .outputs();
  }
}
