package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Form;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.Trace;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.Layout;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * Translates the recorded operations of a step to {@link Value}s, or refuses with a reason.
 *
 * <p>The first axis of every tensor that depends on inputs or states is the batch, and each
 * operation must treat its rows alike. Shapes are checked here once; a value knows its width only.
 */
final class StepGraph {
  private final int batch;
  private final ValueGraph graph = new ValueGraph();
  private final RowAxes axes = new RowAxes(graph);
  private final Map<Tensor, Value> rows = new HashMap<>();

  /** Row tensors seen transposed, the left factors of outer sums. */
  private final Map<Tensor, Value> transposed = new HashMap<>();

  /** Captured symbols, by number, and the numbers of transposed views of them. */
  private final Map<Tensor, Integer> captures = new LinkedHashMap<>();

  private final Map<Tensor, Integer> transposedCaptures = new HashMap<>();
  private final List<Tensor> captureTensors = new ArrayList<>();

  /** What is computed once, after all steps, from sums: evaluated as recorded. */
  private final Map<Tensor, Trace.Call> finals = new LinkedHashMap<>();

  StepGraph(int batch) {
    this.batch = batch;
  }

  /** Introduces an input, a state or a cotangent. */
  Value define(Tensor symbol, Value.What what) {
    if (symbol.rank() == 0 || symbol.extent(0) != batch) {
      throw new NotCompilableException(
          "%s of shape %s does not have the batch of %d as its first axis"
              .formatted(
                  what.getClass().getSimpleName().toLowerCase(Locale.ROOT), symbol.shape(), batch));
    }
    Value value = graph.leaf(what, widthOf(symbol.shape()));
    rows.put(symbol, value);
    return value;
  }

  /** Makes known what tensors the trace has captured so far, in its order. */
  void addCaptures(Map<Tensor, Tensor> traced) {
    traced.forEach(
        (tensor, symbol) -> {
          if (!captures.containsKey(symbol)) {
            captures.put(symbol, captureTensors.size());
            captureTensors.add(tensor);
          }
        });
  }

  /** The captured tensors by number. */
  List<Tensor> captureTensors() {
    return captureTensors;
  }

  /** The row value of a symbol, or null if it is none. */
  @Nullable Value value(Tensor symbol) {
    return rows.get(symbol);
  }

  /** The rows of a gradient, or zeros in the form of the tensor that it belongs to. */
  Value rowsOrZeros(@Nullable Tensor gradient, Tensor like) {
    int width = widthOf(like.shape());
    if (gradient == null || !gradient.isSymbolic()) {
      return graph.zeros(width);
    }
    Value value = rows.get(gradient);
    if (value == null) {
      throw new NotCompilableException(
          "a gradient of shape " + gradient.shape() + " is no row of the batch");
    }
    return graph.spread(value, width);
  }

  /** Finds the sums that a captured tensor's gradient is made of. */
  void collectSums(Tensor gradient, Map<Tensor, Value> into) {
    Value value = rows.get(gradient);
    Trace.Call call = finals.get(gradient);
    if (value != null) {
      into.put(gradient, value);
    } else if (call != null) {
      call.inputs().forEach(input -> collectSums(input, into));
    } else {
      throw new NotCompilableException(
          "a captured tensor's gradient of shape "
              + gradient.shape()
              + " is no sum over the batch");
    }
  }

  /** The operations on sums, by result. */
  Map<Tensor, Trace.Call> finals() {
    return finals;
  }

  List<Value> values() {
    return graph.all();
  }

  /** What is added from now on belongs to the derivative. */
  void beginDerivative() {
    graph.beginDerivative();
  }

  private int widthOf(Shape shape) {
    return batch == 0 ? 0 : shape.size() / batch;
  }

  /** Translates one recorded operation. */
  void add(Trace.Call call) {
    if (call.inputs().stream().anyMatch(this::isSum)) {
      addFinal(call);
      return;
    }
    Tensor x = call.inputs().getFirst();
    Tensor out = call.outputs().getFirst();
    switch (call.form()) {
      case Form.Unary(var kernel) ->
          put(out, graph.unary(kernel, operand(call, x, out), widthOf(out.shape())), call);
      case Form.Binary(var kernel) -> put(out, binary(call, kernel, out), call);
      case Form.Select s -> put(out, select(call, out), call);
      case Form.Reduce(var kernel, var axes, var keepDim) -> reduce(call, kernel, axes, out);
      case Form.Product p -> product(call, out);
      case Form.Affine a -> affine(call, out);
      case Form.Reshape r -> reshape(call, x, out);
      case Form.Permute(var order) -> permute(call, x, order, out);
      case Form.Expand e ->
          put(out, graph.spread(operand(call, x, out), widthOf(out.shape())), call);
      case Form.Identity i -> put(out, rowsOf(call, x), call);
      case Form.Slice(var axis, var start, var step, var length) -> {
        requireColumns(call, x, axis);
        if (step != 1) {
          throw refuse(call, "takes every " + step + "th column");
        }
        put(out, graph.slice(rowsOf(call, x), start, length), call);
      }
      case Form.Pick(var axis, var index) -> {
        requireColumns(call, x, axis);
        put(out, graph.slice(rowsOf(call, x), index, 1), call);
      }
      case Form.Split(var axis, var sizes) -> {
        requireColumns(call, x, axis);
        Value whole = rowsOf(call, x);
        int start = 0;
        for (int i = 0; i < sizes.size(); i++) {
          put(call.outputs().get(i), graph.slice(whole, start, sizes.get(i)), call);
          start += sizes.get(i);
        }
      }
      case Form.Embed(var axis, var start, var step, var length) -> {
        requireColumns(call, out, axis);
        if (step != 1) {
          throw refuse(call, "fills every " + step + "th column");
        }
        put(out, graph.embed(rowsOf(call, x), start, widthOf(out.shape())), call);
      }
      case Form.Join(var axis) -> {
        requireColumns(call, out, axis);
        List<Value> parts = new ArrayList<>();
        for (Tensor part : call.inputs()) {
          parts.add(graph.spread(operand(call, part, part), widthOf(part.shape())));
        }
        put(out, graph.join(parts), call);
      }
      case Form.Opaque o -> throw refuse(call, "has no row-wise form");
    }
  }

  private void put(Tensor out, Value value, Trace.Call call) {
    if (out.rank() == 0 || out.extent(0) != batch) {
      throw refuse(call, "gives shape " + out.shape() + ", which mixes rows of the batch");
    }
    rows.put(out, value);
  }

  private static NotCompilableException refuse(Trace.Call call, String reason) {
    return new NotCompilableException(call.op().name() + ": " + reason);
  }

  private boolean isSum(Tensor symbol) {
    Value value = rows.get(symbol);
    return (value != null && value.isSum()) || finals.containsKey(symbol);
  }

  /** An operation on sums that commutes with summation: it is applied once, to the totals. */
  private void addFinal(Trace.Call call) {
    boolean linear =
        switch (call.form()) {
          case Form.Reshape r -> true;
          case Form.Permute p -> true;
          case Form.Identity i -> true;
          case Form.Unary(var kernel) -> kernel == UnaryKernel.NEGATE;
          case Form.Binary(var kernel) ->
              (kernel == BinaryKernel.ADD || kernel == BinaryKernel.SUB)
                  && call.inputs().stream().allMatch(this::isSum);
          case Form.Reduce(var kernel, var axes, var keep) -> kernel == ReduceKernel.SUM;
          default -> false;
        };
    if (!linear) {
      throw refuse(call, "is applied to a sum over the batch");
    }
    finals.put(call.outputs().getFirst(), call);
  }

  // ---- operands ----

  private Value rowsOf(Trace.Call call, Tensor symbol) {
    Value value = rows.get(symbol);
    if (value == null) {
      return operand(call, symbol, symbol);
    }
    return value;
  }

  /** An operand of an elementwise operation with the given result. */
  private Value operand(Trace.Call call, Tensor symbol, Tensor out) {
    Value value = rows.get(symbol);
    if (value != null) {
      if (symbol.rank() != out.rank()) {
        throw refuse(
            call, "broadcasts %s to %s across rows".formatted(symbol.shape(), out.shape()));
      }
      return fits(symbol, out) ? value : axes.stretch(value, behind(symbol), behind(out));
    }
    Integer capture = captures.get(symbol);
    if (capture == null) {
      throw refuse(call, "an operand of shape " + symbol.shape() + " is no row of the batch");
    }
    return captured(call, capture, symbol, out);
  }

  /** The extents behind the batch. */
  private static int[] behind(Tensor symbol) {
    int[] extents = symbol.shape().extents();
    return Arrays.copyOfRange(extents, 1, extents.length);
  }

  /** Whether the axes behind the batch are those of the result, or all 1. */
  private static boolean fits(Tensor symbol, Tensor out) {
    boolean same = true;
    boolean ones = true;
    for (int axis = 1; axis < symbol.rank(); axis++) {
      same &= symbol.extent(axis) == out.extent(axis);
      ones &= symbol.extent(axis) == 1;
    }
    return same || ones;
  }

  private Value captured(Trace.Call call, int capture, Tensor symbol, Tensor out) {
    ArrayView view = captureTensors.get(capture).elements();
    if (isUniform(view.layout())) {
      return graph.leaf(new Value.Shared(capture), 1);
    }
    int lead = out.rank() - symbol.rank();
    if (lead == 0 && symbol.extent(0) == batch) {
      Value still = graph.leaf(new Value.Still(capture), widthOf(symbol.shape()));
      return fits(symbol, out) ? still : axes.stretch(still, behind(symbol), behind(out));
    }
    int[] extents = new int[out.rank()];
    Arrays.fill(extents, 0, lead, 1);
    System.arraycopy(symbol.shape().extents(), 0, extents, lead, symbol.rank());
    if (extents[0] != 1) {
      throw refuse(call, "broadcasts a captured %s to %s".formatted(symbol.shape(), out.shape()));
    }
    Value shared = graph.leaf(new Value.Shared(capture), symbol.size());
    return axes.stretch(shared, Arrays.copyOfRange(extents, 1, extents.length), behind(out));
  }

  /** Whether all elements are one and the same. */
  static boolean isUniform(Layout layout) {
    if (layout.size() <= 1) {
      return true;
    }
    for (int axis = 0; axis < layout.rank(); axis++) {
      if (layout.stride(axis) != 0 && layout.extent(axis) > 1) {
        return false;
      }
    }
    return true;
  }

  // ---- forms ----

  private Value binary(Trace.Call call, BinaryKernel kernel, Tensor out) {
    Value a = operand(call, call.inputs().get(0), out);
    Value b = operand(call, call.inputs().get(1), out);
    return graph.binary(kernel, a, b, widthOf(out.shape()));
  }

  private Value select(Trace.Call call, Tensor out) {
    List<Value> args = new ArrayList<>();
    for (Tensor in : call.inputs()) {
      args.add(operand(call, in, out));
    }
    return graph.select(args.get(0), args.get(1), args.get(2), widthOf(out.shape()));
  }

  private void reduce(Trace.Call call, ReduceKernel kernel, List<Integer> reduced, Tensor out) {
    Tensor x = call.inputs().getFirst();
    Value value = rowsOf(call, x);
    if (reduced.isEmpty()) {
      put(out, value, call);
      return;
    }
    boolean acrossRows = reduced.getFirst() == 0;
    List<Integer> behind = acrossRows ? reduced.subList(1, reduced.size()) : reduced;
    Value folded =
        behind.isEmpty() || value.width == 1
            ? value
            : behind.size() == x.rank() - 1
                ? graph.fold(kernel, value)
                : foldSome(call, kernel, behind, value);
    if (!acrossRows) {
      put(out, folded, call);
      return;
    }
    if (kernel != ReduceKernel.SUM) {
      throw refuse(call, "reduces across the rows of the batch");
    }
    rows.put(out, graph.rowSum(folded));
  }

  /** A reduction along some of the axes behind the batch. */
  private Value foldSome(Trace.Call call, ReduceKernel kernel, List<Integer> behind, Value value) {
    Tensor x = call.inputs().getFirst();
    if (kernel != ReduceKernel.SUM) {
      throw refuse(call, "reduces some of the axes behind the batch of " + x.shape());
    }
    int[] extents = behind(x);
    Value summed = value;
    for (int axis : behind) {
      summed = axes.sum(summed, extents, axis - 1);
      extents[axis - 1] = 1;
    }
    return summed;
  }

  private void product(Trace.Call call, Tensor out) {
    Tensor a = call.inputs().get(0);
    Tensor b = call.inputs().get(1);
    Value left = transposed.get(a);
    Value right = rows.get(b);
    if (left != null && right != null) {
      rows.put(out, graph.outerSum(left, right));
      return;
    }
    put(out, times(call, a, b, false), call);
  }

  private void affine(Trace.Call call, Tensor out) {
    Value product = times(call, call.inputs().get(0), call.inputs().get(1), true);
    if (call.inputs().size() == 3) {
      Value bias = operand(call, call.inputs().get(2), out);
      product = graph.binary(BinaryKernel.ADD, product, bias, product.width);
    }
    put(out, product, call);
  }

  /** Rows times a captured matrix. */
  private Value times(Trace.Call call, Tensor rowsSymbol, Tensor matrix, boolean transpose) {
    Value row = rows.get(rowsSymbol);
    Integer plain = captures.get(matrix);
    Integer turned = transposedCaptures.get(matrix);
    if (row == null
        || rowsSymbol.rank() != 2
        || matrix.rank() != 2
        || (plain == null && turned == null)) {
      throw refuse(
          call,
          "%s x %s is not rows of the batch times a matrix that all steps share"
              .formatted(rowsSymbol.shape(), matrix.shape()));
    }
    int capture = plain != null ? plain : Objects.requireNonNull(turned);
    boolean flip = transpose ^ (plain == null);
    int columns = matrix.extent(transpose ? 0 : 1);
    return graph.product(row, new MatrixBlock(capture, flip, 0, row.width, 0, columns));
  }

  private void reshape(Trace.Call call, Tensor x, Tensor out) {
    Value value = rows.get(x);
    if (value == null) {
      throw refuse(call, "reshapes a captured tensor of shape " + x.shape());
    }
    put(out, value, call);
  }

  private void permute(Trace.Call call, Tensor x, List<Integer> order, Tensor out) {
    if (!order.equals(List.of(1, 0))) {
      throw refuse(call, "reorders the axes " + order);
    }
    Integer plain = captures.get(x);
    Integer turned = transposedCaptures.get(x);
    Value row = rows.get(x);
    if (plain != null) {
      transposedCaptures.put(out, plain);
    } else if (turned != null) {
      captures.put(out, turned);
    } else if (row != null) {
      transposed.put(out, row);
    } else {
      throw refuse(call, "transposes rows twice");
    }
  }

  private void requireColumns(Trace.Call call, Tensor x, int axis) {
    if (axis != x.rank() - 1 || x.rank() != 2) {
      throw refuse(call, "works along axis %d of %s, not along columns".formatted(axis, x.shape()));
    }
  }
}
