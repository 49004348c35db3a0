package org.tapeloop.backend.openblas;

import java.util.Arrays;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.RowWalk;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * The kernels that are not products, as loops over F32 arrays, shared among threads where they are
 * long.
 *
 * <p>Dense views from position 0 are worked on where they lie; others go through {@link FloatTile}.
 * Bound by memory bandwidth, but for the functions of {@link Math}, which take 3 to 20 ns an
 * element.
 */
final class FloatKernels {
  /** Elements of one task: long enough to outweigh handing it over. */
  static final int TASK = 16 * FloatTile.LENGTH;

  /** Below this many elements the caller works alone. */
  static final int PARALLEL = 2 * TASK;

  /** The calling thread by itself. */
  static final Workers CALLER = new Workers(1);

  private final Workers workers;

  FloatKernels(Workers workers) {
    this.workers = workers;
  }

  /** A loop over arrays from index {@code from} to before index {@code to}. */
  private interface Loop {
    void run(float[][] operands, float[] out, int from, int to);
  }

  /** Runs a loop over all elements of equal layouts. */
  private void elementwise(Loop loop, FloatView out, FloatView... operands) {
    int size = out.layout().size();
    int tasks = Math.ceilDiv(size, TASK);
    Workers shared = size > PARALLEL ? workers : CALLER;
    boolean dense = startsDense(out);
    for (FloatView operand : operands) {
      dense = dense && startsDense(operand);
    }
    if (dense) {
      float[][] arrays = new float[operands.length][];
      for (int k = 0; k < arrays.length; k++) {
        arrays[k] = operands[k].array();
      }
      shared.run(
          tasks, i -> loop.run(arrays, out.array(), i * TASK, Math.min(size, (i + 1) * TASK)));
      return;
    }
    Layout[] layouts = new Layout[operands.length + 1];
    for (int k = 0; k < operands.length; k++) {
      layouts[k] = operands[k].layout();
    }
    layouts[operands.length] = out.layout();
    RowWalk walk = RowWalk.over(layouts);
    shared.run(
        tasks,
        i -> tiles(loop, walk.copy(), out, operands, i * TASK, Math.min(size, (i + 1) * TASK)));
  }

  private static boolean startsDense(FloatView view) {
    return view.layout().isContiguous() && view.layout().offset() == 0;
  }

  private static void tiles(
      Loop loop, RowWalk walk, FloatView out, FloatView[] operands, int from, int to) {
    int length = Math.min(FloatTile.LENGTH, to - from);
    float[][] tiles = new float[operands.length][length];
    float[] result = new float[length];
    for (int at = from; at < to; at += length) {
      int count = Math.min(length, to - at);
      for (int k = 0; k < operands.length; k++) {
        FloatTile.load(walk, k, operands[k], at, count, tiles[k]);
      }
      loop.run(tiles, result, 0, count);
      FloatTile.store(walk, operands.length, out, at, count, result);
    }
  }

  void fill(FloatView out, float value) {
    elementwise((in, o, from, to) -> Arrays.fill(o, from, to, value), out);
  }

  void copy(FloatView in, FloatView out) {
    RowWalk walk = RowWalk.over(in.layout(), out.layout());
    if (walk.step(0) != 1 || walk.step(1) != 1) {
      elementwise((x, o, from, to) -> System.arraycopy(x[0], from, o, from, to - from), out, in);
      return;
    }
    for (int row = 0; row < walk.rows(); row++) {
      walk.seek(row);
      System.arraycopy(in.array(), walk.start(0), out.array(), walk.start(1), walk.rowLength());
    }
  }

  void unary(UnaryKernel kernel, FloatView x, FloatView out) {
    elementwise((in, o, from, to) -> FloatUnary.apply(kernel, in[0], o, from, to), out, x);
  }

  void binary(BinaryKernel kernel, FloatView a, FloatView b, FloatView out) {
    elementwise(
        (in, o, from, to) -> FloatBinary.apply(kernel, in[0], in[1], o, from, to), out, a, b);
  }

  void select(FloatView condition, FloatView a, FloatView b, FloatView out) {
    elementwise(
        (in, o, from, to) -> FloatBinary.select(in[0], in[1], in[2], o, from, to),
        out,
        condition,
        a,
        b);
  }

  void reduce(ReduceKernel kernel, FloatView x, FloatView out) {
    new FloatReduce(kernel, x, out).run(workers);
  }

  void gatherRows(FloatView table, int[] rows, FloatView out) {
    Layout from = table.layout();
    Layout to = out.layout();
    float[] row = new float[to.extent(1)];
    for (int i = 0; i < rows.length && row.length > 0; i++) {
      int source = from.offset() + rows[i] * from.stride(0);
      int target = to.offset() + i * to.stride(0);
      if (from.stride(1) == 1 && to.stride(1) == 1) {
        System.arraycopy(table.array(), source, out.array(), target, row.length);
      } else {
        FloatTile.loadLine(table.array(), source, from.stride(1), row.length, row);
        FloatTile.storeLine(row, out.array(), target, to.stride(1), row.length);
      }
    }
  }

  void scatterAddRows(FloatView source, int[] rows, FloatView out) {
    Layout from = source.layout();
    Layout to = out.layout();
    int features = to.extent(1);
    float[] sums = new float[features];
    float[] terms = new float[features];
    for (int i = 0; i < rows.length && features > 0; i++) {
      int target = to.offset() + rows[i] * to.stride(0);
      FloatTile.loadLine(out.array(), target, to.stride(1), features, sums);
      FloatTile.loadLine(
          source.array(), from.offset() + i * from.stride(0), from.stride(1), features, terms);
      FloatBinary.apply(BinaryKernel.ADD, sums, terms, sums, 0, features);
      FloatTile.storeLine(sums, out.array(), target, to.stride(1), features);
    }
  }

  /** Changes one line in place. */
  private interface LineLoop {
    void run(float[] line);
  }

  /** Runs a loop over each line along the last axis. */
  private void lines(FloatView x, FloatView out, LineLoop loop) {
    int last = x.layout().rank() - 1;
    int length = x.layout().extent(last);
    if (x.layout().size() == 0) {
      return;
    }
    RowWalk starts = RowWalk.over(x.layout().select(last, 0), out.layout().select(last, 0));
    int lines = starts.rows() * starts.rowLength();
    int each = Math.max(1, TASK / 4 / length);
    (x.layout().size() > PARALLEL / 4 ? workers : CALLER)
        .run(
            Math.ceilDiv(lines, each),
            task -> {
              RowWalk walk = starts.copy();
              float[] line = new float[length];
              for (int i = task * each; i < Math.min(lines, (task + 1) * each); i++) {
                walk.seek(i / walk.rowLength());
                int column = i % walk.rowLength();
                int from = walk.start(0) + column * walk.step(0);
                int to = walk.start(1) + column * walk.step(1);
                FloatTile.loadLine(x.array(), from, x.layout().stride(last), length, line);
                loop.run(line);
                FloatTile.storeLine(line, out.array(), to, out.layout().stride(last), length);
              }
            });
  }

  void softmax(FloatView x, FloatView out) {
    lines(
        x,
        out,
        line -> {
          subtractMax(line);
          FloatExponential.exp(line, line, 0, line.length);
          double sum = sum(line);
          for (int i = 0; i < line.length; i++) {
            line[i] = (float) (line[i] / sum);
          }
        });
  }

  void logSoftmax(FloatView x, FloatView out) {
    lines(
        x,
        out,
        line -> {
          subtractMax(line);
          float[] exponentials = new float[line.length];
          FloatExponential.exp(line, exponentials, 0, line.length);
          double logSum = Math.log(sum(exponentials));
          for (int i = 0; i < line.length; i++) {
            line[i] = (float) (line[i] - logSum);
          }
        });
  }

  private static void subtractMax(float[] line) {
    float max = Float.NEGATIVE_INFINITY;
    for (float value : line) {
      max = Math.max(max, value);
    }
    for (int i = 0; i < line.length; i++) {
      line[i] -= max;
    }
  }

  private static double sum(float[] line) {
    double sum = 0;
    for (float value : line) {
      sum += value;
    }
    return sum;
  }

  void cumulativeSum(FloatView x, FloatView out) {
    lines(
        x,
        out,
        line -> {
          double sum = 0;
          for (int i = 0; i < line.length; i++) {
            sum += line[i];
            line[i] = (float) sum;
          }
        });
  }
}
