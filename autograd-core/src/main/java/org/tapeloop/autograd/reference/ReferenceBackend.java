package org.tapeloop.autograd.reference;

import java.util.function.DoubleUnaryOperator;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.Layout;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.RowWalk;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * Every kernel as its definition reads: one element at a time, computed in float64 and rounded once
 * to the element type.
 *
 * <p>Written to be checked by eye, not to be fast. It holds no state, so any number of threads may
 * share it.
 */
public final class ReferenceBackend implements Backend {
  static final String NAME = "reference";
  static final String DESCRIPTION = "scalar loops, float64 accumulation, 1 thread";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String description() {
    return DESCRIPTION;
  }

  @Override
  public int threads() {
    return 1;
  }

  @Override
  public void fill(ArrayView out, double value) {
    forEach(at -> out.set(at[0], value), out.layout());
  }

  @Override
  public void copy(ArrayView in, ArrayView out) {
    forEach(at -> out.set(at[1], in.get(at[0])), in.layout(), out.layout());
  }

  @Override
  public void unary(UnaryKernel kernel, ArrayView x, ArrayView out) {
    forEach(at -> out.set(at[1], kernel.apply(x.get(at[0]))), x.layout(), out.layout());
  }

  @Override
  public void binary(BinaryKernel kernel, ArrayView a, ArrayView b, ArrayView out) {
    forEach(
        at -> out.set(at[2], kernel.apply(a.get(at[0]), b.get(at[1]))),
        a.layout(),
        b.layout(),
        out.layout());
  }

  @Override
  public void select(ArrayView condition, ArrayView a, ArrayView b, ArrayView out) {
    forEach(
        at -> out.set(at[3], condition.get(at[0]) != 0 ? a.get(at[1]) : b.get(at[2])),
        condition.layout(),
        a.layout(),
        b.layout(),
        out.layout());
  }

  @Override
  public void reduce(ReduceKernel kernel, ArrayView x, ArrayView out) {
    Layout all = x.layout();
    Layout group = all; // what is reduced to the first element of out
    Layout firsts = all; // the first element of each group, in the order of out
    for (int axis = 0; axis < all.rank(); axis++) {
      if (out.layout().extent(axis) == 1) {
        firsts = firsts.slice(axis, 0, 1, 1);
      } else {
        group = group.slice(axis, 0, 1, Math.min(all.extent(axis), 1));
      }
    }
    Layout members = group;
    forEach(
        at -> {
          Layout moved = shifted(members, at[0] - all.offset());
          out.set(
              at[1],
              kernel == ReduceKernel.SUM ? sum(x.with(moved)) : combined(kernel, x.with(moved)));
        },
        firsts,
        out.layout());
  }

  private static double combined(ReduceKernel kernel, ArrayView x) {
    double[] total = {kernel.identity()};
    forEach(at -> total[0] = kernel.combine(total[0], x.get(at[0])), x.layout());
    return total[0];
  }

  /**
   * A sum that carries what each addition rounds off, so that its error does not grow with the
   * count (Neumaier 1974).
   */
  private static double sum(ArrayView x) {
    double[] total = {0, 0};
    forEach(
        at -> {
          double term = x.get(at[0]);
          double sum = total[0] + term;
          boolean termIsSmaller = Math.abs(total[0]) >= Math.abs(term);
          total[1] += termIsSmaller ? (total[0] - sum) + term : (term - sum) + total[0];
          total[0] = sum;
        },
        x.layout());
    // Beside an infinity the carried part is NaN and means nothing.
    return Double.isFinite(total[1]) ? total[0] + total[1] : total[0];
  }

  @Override
  public void gemm(double alpha, ArrayView a, ArrayView b, double beta, ArrayView out) {
    int rank = out.layout().rank();
    int inner = a.layout().extent(rank - 1);
    int strideA = a.layout().stride(rank - 1);
    int strideB = b.layout().stride(rank - 2);
    forEach(
        at -> {
          double dot = 0;
          for (int k = 0; k < inner; k++) {
            dot += a.get(at[0] + k * strideA) * b.get(at[1] + k * strideB);
          }
          double product = inner == 0 ? 0 : alpha * dot;
          out.set(at[2], beta == 0 ? product : product + beta * out.get(at[2]));
        },
        stretched(a.layout(), rank - 1, out.layout()),
        stretched(b.layout(), rank - 2, out.layout()),
        out.layout());
  }

  /**
   * The first elements along an operand's inner axis, repeated along the other operand's free axis.
   */
  private static Layout stretched(Layout operand, int innerAxis, Layout out) {
    int[] strides = new int[operand.rank()];
    for (int axis = 0; axis < strides.length; axis++) {
      strides[axis] = axis == innerAxis ? 0 : operand.stride(axis);
    }
    return Layout.strided(operand.offset(), out.extents(), strides);
  }

  @Override
  public void gatherRows(ArrayView table, int[] rows, ArrayView out) {
    for (int i = 0; i < rows.length; i++) {
      copy(row(table, rows[i]), row(out, i));
    }
  }

  @Override
  public void scatterAddRows(ArrayView source, int[] rows, ArrayView out) {
    for (int i = 0; i < rows.length; i++) {
      ArrayView target = row(out, rows[i]);
      binary(BinaryKernel.ADD, target, row(source, i), target);
    }
  }

  private static ArrayView row(ArrayView matrix, int index) {
    return matrix.with(matrix.layout().select(0, index));
  }

  @Override
  public void softmax(ArrayView x, ArrayView out) {
    forEachRow(
        x,
        out,
        (row, max) -> {
          double total = sumOfExponentials(row, max);
          return value -> Math.exp(value - max) / total;
        });
  }

  @Override
  public void logSoftmax(ArrayView x, ArrayView out) {
    forEachRow(
        x,
        out,
        (row, max) -> {
          double logTotal = Math.log(sumOfExponentials(row, max));
          return value -> value - max - logTotal;
        });
  }

  private static double sumOfExponentials(ArrayView row, double max) {
    double[] total = {0};
    forEach(at -> total[0] += Math.exp(row.get(at[0]) - max), row.layout());
    return total[0];
  }

  /** Makes the elementwise function of a row from the row and its largest element. */
  private interface RowFunction {
    DoubleUnaryOperator of(ArrayView row, double max);
  }

  private static void forEachRow(ArrayView x, ArrayView out, RowFunction rowFunction) {
    int last = x.layout().rank() - 1;
    if (x.layout().size() == 0) {
      return;
    }
    forEach(
        at -> {
          ArrayView row = x.with(line(x.layout(), last, at[0]));
          DoubleUnaryOperator function = rowFunction.of(row, combined(ReduceKernel.MAX, row));
          forEach(
              in -> out.set(in[1], function.applyAsDouble(x.get(in[0]))),
              row.layout(),
              line(out.layout(), last, at[1]));
        },
        x.layout().select(last, 0),
        out.layout().select(last, 0));
  }

  @Override
  public void cumulativeSum(ArrayView x, int axis, ArrayView out) {
    if (x.layout().size() == 0) {
      return;
    }
    forEach(
        at -> {
          double[] total = {0};
          forEach(
              in -> out.set(in[1], total[0] += x.get(in[0])),
              line(x.layout(), axis, at[0]),
              line(out.layout(), axis, at[1]));
        },
        x.layout().select(axis, 0),
        out.layout().select(axis, 0));
  }

  /** All indices of one axis, from a position on. */
  private static Layout line(Layout layout, int axis, int position) {
    return Layout.strided(
        position, new int[] {layout.extent(axis)}, new int[] {layout.stride(axis)});
  }

  private static Layout shifted(Layout layout, int distance) {
    int[] strides = new int[layout.rank()];
    for (int axis = 0; axis < strides.length; axis++) {
      strides[axis] = layout.stride(axis);
    }
    return Layout.strided(layout.offset() + distance, layout.extents(), strides);
  }

  /** Does something at one element, given its position in each array. */
  private interface ElementAction {
    void at(int[] positions);
  }

  /**
   * Visits the elements of layouts with equal extents, in row-major order. The positions are
   * reused.
   */
  private static void forEach(ElementAction action, Layout... layouts) {
    RowWalk walk = RowWalk.over(layouts);
    int[] positions = new int[layouts.length];
    for (int row = 0; row < walk.rows(); row++) {
      walk.seek(row);
      for (int i = 0; i < walk.rowLength(); i++) {
        for (int k = 0; k < layouts.length; k++) {
          positions[k] = walk.start(k) + i * walk.step(k);
        }
        action.at(positions);
      }
    }
  }
}
