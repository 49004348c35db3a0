package org.tapeloop.autograd.scan;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.Trace;
import org.tapeloop.autograd.spi.BinaryKernel;

/**
 * The matrix products of a step: rows of the batch times a matrix that all steps share, or rows
 * times rows, summed over the batch.
 */
final class StepProducts {
  private final ValueGraph graph;
  private final StepSymbols symbols;

  StepProducts(ValueGraph graph, StepSymbols symbols) {
    this.graph = graph;
    this.symbols = symbols;
  }

  /** A product of two operands: of either kind. */
  void product(Trace.Call call, Tensor out) {
    Tensor a = call.inputs().get(0);
    Tensor b = call.inputs().get(1);
    @Nullable Value left = symbols.transposedRows(a);
    @Nullable Value right = symbols.value(b);
    // Either may be a captured tensor that has a row for each of the batch.
    if (left != null && right == null) {
      right = stillRows(call, b);
    } else if (left == null && right != null) {
      Tensor still = symbols.original(a);
      left = still == null ? null : stillRows(call, still);
    }
    if (left != null && right != null) {
      symbols.set(out, graph.outerSum(left, right));
      return;
    }
    symbols.put(out, times(call, a, b, false), call);
  }

  /** Rows times the transpose of a matrix, plus a bias if there is one. */
  void affine(Trace.Call call, Tensor out) {
    Value product = times(call, call.inputs().get(0), call.inputs().get(1), true);
    if (call.inputs().size() == 3) {
      Value bias = symbols.operand(call, call.inputs().get(2), out);
      product = graph.binary(BinaryKernel.ADD, product, bias, product.width);
    }
    symbols.put(out, product, call);
  }

  /** Rows times a captured matrix. */
  private Value times(Trace.Call call, Tensor rowsSymbol, Tensor matrix, boolean transpose) {
    @Nullable Value row = symbols.value(rowsSymbol);
    if (row == null) {
      row = stillRows(call, rowsSymbol);
    }
    Integer plain = symbols.capture(matrix);
    Integer turned = symbols.transposedCapture(matrix);
    if (row == null
        || rowsSymbol.rank() != 2
        || matrix.rank() != 2
        || (plain == null && turned == null)) {
      throw StepSymbols.refuse(
          call,
          "%s x %s is not rows of the batch times a matrix that all steps share"
              .formatted(rowsSymbol.shape(), matrix.shape()));
    }
    int capture = plain != null ? plain : Objects.requireNonNull(turned);
    boolean flip = transpose ^ (plain == null);
    int columns = matrix.extent(transpose ? 0 : 1);
    return graph.product(row, new MatrixBlock(capture, flip, 0, row.width, 0, columns));
  }

  /**
   * The rows of a captured tensor that has one for each row of the batch, written out for products
   * to read; null for others.
   */
  private @Nullable Value stillRows(Trace.Call call, Tensor symbol) {
    if (symbol.rank() != 2 || !symbols.isStill(symbol)) {
      return null;
    }
    Value rows = symbols.operand(call, symbol, symbol);
    return graph.append(new Value.Spread(), List.of(rows), symbols.widthOf(symbol.shape()));
  }
}
