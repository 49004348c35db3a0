package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Form;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.Trace;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * Translates the recorded operations of a step to {@link Value}s, or refuses with a reason.
 *
 * <p>The first axis of every tensor that depends on inputs or states is the batch, and each
 * operation must treat its rows alike. Shapes are checked here once; a value knows its width only.
 */
final class StepGraph {
  private final Set<Pass> passes;
  private final ValueGraph graph;
  private final RowAxes axes;
  private final StepSymbols symbols;
  private final StepProducts products;

  /** The symbols of indices that the step is called on, by number. */
  private final List<IntTensor> indices;

  /** What is computed once, after all steps, from sums: evaluated as recorded. */
  private final Map<Tensor, Trace.Call> finals = new LinkedHashMap<>();

  /**
   * @param indices the symbols of indices that the step is called on
   */
  StepGraph(int batch, List<IntTensor> indices, Set<Pass> passes) {
    this.indices = indices;
    this.passes = passes;
    this.graph = new ValueGraph(passes);
    this.axes = new RowAxes(graph);
    this.symbols = new StepSymbols(batch, graph, axes);
    this.products = new StepProducts(graph, symbols);
  }

  /** What plans of the graph are to be made with. */
  Set<Pass> passes() {
    return passes;
  }

  /** Introduces an input, a state or a cotangent. */
  Value define(Tensor symbol, Value.What what) {
    return symbols.define(symbol, what);
  }

  /** Makes known what tensors the trace has captured so far, in its order. */
  void addCaptures(Map<Tensor, Tensor> traced) {
    symbols.addCaptures(traced);
  }

  /** The captured tensors by number. */
  List<Tensor> captureTensors() {
    return symbols.captureTensors();
  }

  /** The row value of a symbol, or null if it is none. */
  @Nullable Value value(Tensor symbol) {
    return symbols.value(symbol);
  }

  /** The rows of a gradient, or zeros in the form of the tensor that it belongs to. */
  Value rowsOrZeros(@Nullable Tensor gradient, Tensor like) {
    int width = symbols.widthOf(like.shape());
    if (gradient == null || !gradient.isSymbolic()) {
      return graph.zeros(width);
    }
    Value value = symbols.value(gradient);
    if (value == null) {
      throw new NotCompilableException(
          "a gradient of shape " + gradient.shape() + " is no row of the batch");
    }
    return graph.spread(value, width);
  }

  /** Finds the sums that a captured tensor's gradient is made of. */
  void collectSums(Tensor gradient, Map<Tensor, Value> into) {
    Value value = symbols.value(gradient);
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

  /** How many of the values, from the first on, belong to the step itself. */
  int forward() {
    return graph.forward();
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
          put(out, graph.unary(kernel, operand(call, x, out), symbols.widthOf(out.shape())), call);
      case Form.Binary(var kernel) -> put(out, binary(call, kernel, out), call);
      case Form.Select s -> put(out, select(call, out), call);
      case Form.Reduce(var kernel, var axes, var keepDim) -> reduce(call, kernel, axes, out);
      case Form.Softmax(var logarithm) -> {
        requireColumns(call, x, x.rank() - 1);
        put(out, graph.softmax(rowsOf(call, x), logarithm), call);
      }
      case Form.LogSumExp(var reduced, var keepDim) -> {
        if (!reduced.equals(List.of(1))) {
          throw refuse(call, "runs along axes %s of %s".formatted(reduced, x.shape()));
        }
        requireColumns(call, x, 1);
        put(out, graph.logSumExp(rowsOf(call, x)), call);
      }
      case Form.Standardise(var epsilon) ->
          put(out, eachRow(call, out, row -> graph.standardise(row.getFirst(), epsilon)), call);
      case Form.InverseDeviation(var epsilon) ->
          put(out, eachRow(call, x, row -> graph.inverseDeviation(row.getFirst(), epsilon)), call);
      case Form.StandardiseGradient g ->
          put(
              out,
              eachRow(
                  call, out, row -> graph.standardiseGradient(row.get(0), row.get(1), row.get(2))),
              call);
      case Form.Product p -> products.product(call, out);
      case Form.Affine a -> products.affine(call, out);
      case Form.Reshape r -> reshape(call, x, out);
      case Form.Permute(var order) -> permute(call, x, order, out);
      case Form.Expand e ->
          put(out, graph.spread(operand(call, x, out), symbols.widthOf(out.shape())), call);
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
        put(out, graph.embed(rowsOf(call, x), start, symbols.widthOf(out.shape())), call);
      }
      case Form.Join(var axis) -> {
        requireColumns(call, out, axis);
        List<Value> parts = new ArrayList<>();
        for (Tensor part : call.inputs()) {
          parts.add(written(call, part));
        }
        put(out, graph.join(parts), call);
      }
      case Form.TableRows(var at) -> tableRows(call, at, out);
      case Form.TableSum(var at, var padding) -> {
        Value terms = graph.spread(rowsOf(call, x), symbols.widthOf(x.shape()));
        int number = number(call, at);
        symbols.set(out, graph.tableSum(terms, number, out.extent(0), out.extent(1), padding));
      }
      case Form.Opaque o -> throw refuse(call, "has no row-wise form");
    }
  }

  private void put(Tensor out, Value value, Trace.Call call) {
    symbols.put(out, value, call);
  }

  private static NotCompilableException refuse(Trace.Call call, String reason) {
    return StepSymbols.refuse(call, reason);
  }

  private boolean isSum(Tensor symbol) {
    Value value = symbols.value(symbol);
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
      throw refuse(call, "is applied to a sum or mean over the batch, axis 0 of what a step sees");
    }
    finals.put(call.outputs().getFirst(), call);
  }

  private Value operand(Trace.Call call, Tensor symbol, Tensor out) {
    return symbols.operand(call, symbol, out);
  }

  private Value rowsOf(Trace.Call call, Tensor symbol) {
    return symbols.rowsOf(call, symbol);
  }

  // ---- forms ----

  private Value binary(Trace.Call call, BinaryKernel kernel, Tensor out) {
    Value a = operand(call, call.inputs().get(0), out);
    Value b = operand(call, call.inputs().get(1), out);
    return graph.binary(kernel, a, b, symbols.widthOf(out.shape()));
  }

  private Value select(Trace.Call call, Tensor out) {
    List<Value> args = new ArrayList<>();
    for (Tensor in : call.inputs()) {
      args.add(operand(call, in, out));
    }
    return graph.select(args.get(0), args.get(1), args.get(2), symbols.widthOf(out.shape()));
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
    symbols.set(out, graph.rowSum(folded));
  }

  /** A reduction along some of the axes behind the batch. */
  private Value foldSome(Trace.Call call, ReduceKernel kernel, List<Integer> behind, Value value) {
    Tensor x = call.inputs().getFirst();
    if (kernel != ReduceKernel.SUM) {
      throw refuse(call, "reduces some of the axes behind the batch of " + x.shape());
    }
    int[] extents = StepSymbols.behind(x);
    Value summed = value;
    for (int axis : behind) {
      summed = axes.sum(summed, extents, axis - 1);
      extents[axis - 1] = 1;
    }
    return summed;
  }

  /**
   * A function of what lies along the last axis: of the whole row of a sequence, or of each of the
   * pieces that axes in between cut it into.
   *
   * @param whole an operand or result of full extent
   */
  private Value eachRow(Trace.Call call, Tensor whole, Function<List<Value>, Value> function) {
    if (whole.rank() == 1) {
      throw refuse(call, "works along the batch");
    }
    List<Value> operands = call.inputs().stream().map(in -> written(call, in)).toList();
    int pieces = symbols.widthOf(whole.shape()) / Math.max(1, whole.extent(-1));
    List<Value> results = new ArrayList<>();
    for (int k = 0; k < pieces; k++) {
      int piece = k;
      results.add(
          function.apply(
              operands.stream()
                  .map(v -> graph.slice(v, v.width / pieces * piece, v.width / pieces))
                  .toList()));
    }
    return graph.join(results);
  }

  /** Rows in their full width. */
  private Value written(Trace.Call call, Tensor symbol) {
    return graph.spread(operand(call, symbol, symbol), symbols.widthOf(symbol.shape()));
  }

  private void tableRows(Trace.Call call, IntTensor at, Tensor out) {
    Integer table = symbols.capture(call.inputs().getFirst());
    if (table == null) {
      throw refuse(call, "its table is computed in the step, not one that all steps share");
    }
    Value.What rows = new Value.TableRows(number(call, at), table);
    put(out, graph.leaf(rows, symbols.widthOf(out.shape())), call);
  }

  /** Which of the step's indices these are. */
  private int number(Trace.Call call, IntTensor at) {
    for (int i = 0; i < indices.size(); i++) {
      if (at.isReshaped(indices.get(i))) {
        return i;
      }
    }
    throw refuse(call, "its indices of shape " + at.shape() + " are no input of the step");
  }

  private void reshape(Trace.Call call, Tensor x, Tensor out) {
    Value value = symbols.value(x);
    if (value == null) {
      throw refuse(call, "reshapes a captured tensor of shape " + x.shape());
    }
    put(out, value, call);
  }

  private void permute(Trace.Call call, Tensor x, List<Integer> order, Tensor out) {
    if (order.equals(List.of(0, 1))) {
      put(out, rowsOf(call, x), call);
      return;
    }
    if (!order.equals(List.of(1, 0))) {
      throw refuse(call, "reorders the axes " + order);
    }
    symbols.transpose(call, x, out);
  }

  private void requireColumns(Trace.Call call, Tensor x, int axis) {
    if (axis != x.rank() - 1 || x.rank() != 2) {
      throw refuse(call, "works along axis %d of %s, not along columns".formatted(axis, x.shape()));
    }
  }
}
