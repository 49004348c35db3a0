package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * The values of a step, brought into the form that plans do best with as they are made: products of
 * concatenations taken apart where that lets a part leave the loop, biases added last, columns
 * taken of operands instead of results.
 */
final class ValueGraph {
  private final List<Value> values = new ArrayList<>();

  /** What has been made, so that nothing is computed twice: two biases of one sum, say. */
  private final Map<Made, Value> made = new HashMap<>();

  private final Set<Pass> passes;

  /** The values that a state before the step, or its cotangent after it, enters. */
  private final BitSet recurrent = new BitSet();

  private boolean derivative;

  /** How many values there were when the derivative began. */
  private int forward;

  private record Made(Value.What what, List<Value> args, int width) {}

  ValueGraph(Set<Pass> passes) {
    this.passes = passes;
  }

  List<Value> all() {
    return values;
  }

  /** What is made from now on belongs to the derivative. */
  void beginDerivative() {
    derivative = true;
    forward = values.size();
  }

  /** How many of the values, from the first on, do not belong to the derivative. */
  int forward() {
    return derivative ? forward : values.size();
  }

  // ---- leaves ----

  Value leaf(Value.What what, int width) {
    return append(what, List.of(), width);
  }

  Value zeros(int width) {
    return spread(leaf(new Value.Constant(0), 1), width);
  }

  /** A value as it is given, or the one of its kind that there is already. */
  Value append(Value.What what, List<Value> args, int width) {
    Made key = new Made(what, args, width);
    Value known = made.get(key);
    if (known != null) {
      return known;
    }
    Value value = new Value(values.size(), what, args, width);
    values.add(value);
    made.put(key, value);
    boolean origin = what instanceof Value.State || what instanceof Value.Carry;
    if (origin || args.stream().anyMatch(this::isRecurrent)) {
      recurrent.set(value.id);
    }
    return value;
  }

  private boolean isRecurrent(Value value) {
    return recurrent.get(value.id);
  }

  // ---- elementwise ----

  Value unary(UnaryKernel kernel, Value x, int width) {
    return append(new Value.Unary(kernel), List.of(x), width);
  }

  Value binary(BinaryKernel kernel, Value a, Value b, int width) {
    return kernel == BinaryKernel.ADD && a.width == width && b.width == width
        ? sum(a, b)
        : append(new Value.Binary(kernel), List.of(a, b), width);
  }

  Value select(Value condition, Value a, Value b, int width) {
    return append(new Value.Select(), List.of(condition, a, b), width);
  }

  Value fold(ReduceKernel kernel, Value x) {
    return x.width == 1 ? x : append(new Value.Fold(kernel), List.of(x), 1);
  }

  /** Softmax of each row, or its logarithm; the largest number of a row is subtracted first. */
  Value softmax(Value x, boolean logarithm) {
    Value shifted = binary(BinaryKernel.SUB, x, fold(ReduceKernel.MAX, x), x.width);
    Value powers = unary(UnaryKernel.EXP, shifted, x.width);
    Value total = fold(ReduceKernel.SUM, powers);
    return logarithm
        ? binary(BinaryKernel.SUB, shifted, unary(UnaryKernel.LOG, total, 1), x.width)
        : binary(BinaryKernel.DIV, powers, total, x.width);
  }

  /** The logarithm of the sum of each row's powers of e; an infinite largest one shifts by 0. */
  Value logSumExp(Value x) {
    Value largest = fold(ReduceKernel.MAX, x);
    Value infinite =
        binary(
            BinaryKernel.EQUAL,
            unary(UnaryKernel.ABS, largest, 1),
            leaf(new Value.Constant(Double.POSITIVE_INFINITY), 1),
            1);
    Value shift = select(infinite, leaf(new Value.Constant(0), 1), largest, 1);
    Value powers = unary(UnaryKernel.EXP, binary(BinaryKernel.SUB, x, shift, x.width), x.width);
    Value sum = unary(UnaryKernel.LOG, fold(ReduceKernel.SUM, powers), 1);
    return binary(BinaryKernel.ADD, sum, shift, 1);
  }

  // ---- standardised rows ----

  /** One over the deviation of each row: the derivative asks again for the step's. */
  Value inverseDeviation(Value x, double epsilon) {
    return append(new Value.InverseDeviation(epsilon), List.of(x), 1);
  }

  /** Rows with mean 0 and variance 1. */
  Value standardise(Value x, double epsilon) {
    return append(new Value.Standardise(), List.of(x, inverseDeviation(x, epsilon)), x.width);
  }

  Value standardiseGradient(Value g, Value y, Value scale) {
    return append(new Value.StandardiseGradient(), List.of(g, y, scale), y.width);
  }

  // ---- sums ----

  /**
   * A sum with the row that all rows share added last: {@code (p + bias) + q} becomes {@code (p +
   * q) + bias}. So products are added up where they stand, in memory, and the bias by the program
   * that reads them anyway, instead of in a pass of its own; and where both terms have one, the two
   * are added up once for all rows.
   */
  private Value sum(Value a, Value b) {
    if (a.isBiased() && b.isBiased()) {
      Value rest = sum(a.args.get(0), b.args.get(0));
      return biased(biased(rest, a.args.get(1)), b.args.get(1));
    }
    if (isBiasedProduct(a) && !b.isSharedRow()) {
      return biased(sum(a.args.get(0), b), a.args.get(1));
    }
    if (isBiasedProduct(b) && !a.isSharedRow()) {
      return biased(sum(a, b.args.get(0)), b.args.get(1));
    }
    return b.isSharedRow() ? biased(a, b) : add(a, b);
  }

  /** A value plus a row that all rows share; two such rows are added up once, beforehand. */
  private Value biased(Value value, Value row) {
    if (value.isBiased()) {
      Value both = sharedSum(value.args.get(1), row);
      if (both != null) {
        return add(value.args.get(0), both);
      }
    }
    return add(value, row);
  }

  private @Nullable Value sharedSum(Value a, Value b) {
    if (a.what instanceof Value.Slice(var i)
        && b.what instanceof Value.Slice(var j)
        && i == j
        && a.width == b.width) {
      Value both = sharedSum(a.args.getFirst(), b.args.getFirst());
      return both == null ? null : slice(both, i, a.width);
    }
    List<Integer> captures = new ArrayList<>(sharedTerms(a));
    captures.addAll(sharedTerms(b));
    boolean rows = !sharedTerms(a).isEmpty() && !sharedTerms(b).isEmpty() && a.width == b.width;
    return rows ? leaf(new Value.SharedSum(List.copyOf(captures)), a.width) : null;
  }

  private static List<Integer> sharedTerms(Value row) {
    return switch (row.what) {
      case Value.Shared(var capture) -> List.of(capture);
      case Value.SharedSum(var captures) -> captures;
      default -> List.of();
    };
  }

  private Value add(Value a, Value b) {
    return append(new Value.Binary(BinaryKernel.ADD), List.of(a, b), a.width);
  }

  private static boolean isBiasedProduct(Value value) {
    return value.isBiased()
        && (isProductSum(value.args.get(0)) || isBiasedProduct(value.args.get(0)));
  }

  private static boolean isProductSum(Value value) {
    return switch (value.what) {
      case Value.Product p -> true;
      case Value.Slice s -> isProductSum(value.args.getFirst());
      case Value.Binary b ->
          Bundles.isAddition(value) && value.args.stream().allMatch(ValueGraph::isProductSum);
      default -> false;
    };
  }

  // ---- columns ----

  /** Columns of a value. */
  Value slice(Value whole, int start, int length) {
    if (start == 0 && length == whole.width) {
      return whole;
    }
    if (whole.what instanceof Value.Join) {
      int column = 0;
      for (Value part : whole.args) {
        if (start >= column && start + length <= column + part.width) {
          return slice(part, start - column, length);
        }
        column += part.width;
      }
    }
    // The bias is added to the columns; and in a derivative, where the parts of a concatenation
    // get their cotangents this way, each part has a product of its own, which may leave the loop.
    if (isBiasedProduct(whole) || (derivative && isSumOfTwo(whole))) {
      return add(slice(whole.args.get(0), start, length), slice(whole.args.get(1), start, length));
    }
    if (derivative && whole.what instanceof Value.Product(var matrix)) {
      return product(whole.args.getFirst(), matrix.columns(start, length));
    }
    return append(new Value.Slice(start), List.of(whole), length);
  }

  private static boolean isSumOfTwo(Value value) {
    return value.what instanceof Value.Binary && isProductSum(value);
  }

  /** Values side by side. */
  Value join(List<Value> parts) {
    if (parts.size() == 1) {
      return parts.getFirst();
    }
    int width = parts.stream().mapToInt(part -> part.width).sum();
    return append(new Value.Join(), List.copyOf(parts), width);
  }

  /** A value between zeros. */
  Value embed(Value part, int start, int width) {
    List<Value> parts = new ArrayList<>();
    if (start > 0) {
      parts.add(zeros(start));
    }
    parts.add(part);
    if (start + part.width < width) {
      parts.add(zeros(width - start - part.width));
    }
    return join(parts);
  }

  /** A value written out for each row, in its full width. */
  Value spread(Value value, int width) {
    boolean written =
        !(value.what instanceof Value.Shared
            || value.what instanceof Value.SharedSum
            || value.what instanceof Value.Constant);
    return written && value.width == width
        ? value
        : append(new Value.Spread(), List.of(value), width);
  }

  // ---- products and sums over rows ----

  /**
   * Rows times a matrix. Of a concatenation that the state enters in part, {@code [x h] W} becomes
   * {@code x W_x + h W_h}, of which the first product leaves the loop; zeros in it are left out.
   */
  Value product(Value rows, MatrixBlock matrix) {
    @Nullable Value total = null;
    int row = 0;
    for (Value group : groups(rows)) {
      if (!isZero(group)) {
        MatrixBlock block = matrix.rows(row, group.width);
        Value part = append(new Value.Product(block), List.of(group), matrix.columns());
        total = total == null ? part : add(total, part);
      }
      row += group.width;
    }
    return total == null ? zeros(matrix.columns()) : total;
  }

  /** {@code a^T b} summed over rows and steps; a concatenation on the left is left in parts. */
  Value outerSum(Value a, Value b) {
    boolean zeros = a.args.stream().anyMatch(ValueGraph::isZero);
    List<Value> factors = new ArrayList<>(zeros ? List.of(a) : groups(a));
    factors.add(b);
    return append(new Value.OuterSum(), List.copyOf(factors), a.width * b.width);
  }

  /** The sum over rows and steps. */
  Value rowSum(Value x) {
    return append(new Value.RowSum(), List.of(x), x.width);
  }

  /** The sum over rows and steps at rows of a table. */
  Value tableSum(Value terms, int index, int rows, int columns, int padding) {
    Value.What what = new Value.TableSum(index, rows, columns, padding);
    return append(what, List.of(terms), rows * columns);
  }

  /**
   * The parts of a concatenation that the state enters in part, neighbours of one kind together;
   * any other value alone.
   */
  private List<Value> groups(Value value) {
    if (!passes.contains(Pass.SPLIT)
        || !(value.what instanceof Value.Join)
        || value.args.stream().map(this::kind).distinct().count() < 2) {
      return List.of(value);
    }
    List<Value> groups = new ArrayList<>();
    List<Value> open = new ArrayList<>();
    for (Value part : value.args) {
      if (!open.isEmpty() && kind(open.getLast()) != kind(part)) {
        groups.add(join(open));
        open.clear();
      }
      open.add(part);
    }
    groups.add(join(open));
    return groups;
  }

  private enum Kind {
    ZERO,
    RECURRENT,
    OTHER
  }

  private Kind kind(Value value) {
    return isZero(value) ? Kind.ZERO : isRecurrent(value) ? Kind.RECURRENT : Kind.OTHER;
  }

  private static boolean isZero(Value value) {
    return switch (value.what) {
      case Value.Constant(var number) -> number == 0;
      case Value.Spread s -> isZero(value.args.getFirst());
      case Value.Join j -> value.args.stream().allMatch(ValueGraph::isZero);
      default -> false;
    };
  }
}
