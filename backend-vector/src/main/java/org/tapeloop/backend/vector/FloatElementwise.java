package org.tapeloop.backend.vector;

import java.util.Arrays;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;
import org.tapeloop.autograd.spi.RowWalk;

/**
 * Runs elementwise loops, which know contiguous whole vectors only, over views of any strides.
 *
 * <p>Contiguous runs are passed as they are. Everything else (stretched scalars, strided rows, the
 * last elements that fill no vector, many short rows) goes through tiles in scratch that stay in
 * L1: operands are gathered, the loop runs, the result is spread. So no loop needs a mask or a
 * scalar twin, and an element's bits do not depend on where it lies.
 *
 * <p>Split among threads by runs of whole tiles, from {@link #WORTH_SHARING} elements on.
 */
final class FloatElementwise {
  private static final int LANES = VectorWidth.FLOAT.length();

  /** Elements of a tile: four of them take 16 KiB of L1. */
  private static final int TILE = 1024;

  /** Shorter rows are gathered several at a time. */
  private static final int SHORT = 4 * LANES;

  /** Elements that take about ten times as long as waking a thread. */
  static final int WORTH_SHARING = 1 << 17;

  private static final FloatLoop SELECT = FloatLoop.ternary(FloatLoops::select);
  private static final FloatLoop COPY = FloatLoop.unary(FloatLoops::copy);

  private FloatElementwise() {}

  static void unary(FloatLoop loop, FloatView x, FloatView out, Workers workers) {
    if (isSmallRun(out) && x.layout().isContiguous()) {
      run(loop, x, x, out);
    } else {
      any(loop, new FloatView[] {x, out}, workers);
    }
  }

  static void binary(FloatLoop loop, FloatView a, FloatView b, FloatView out, Workers workers) {
    if (isSmallRun(out) && a.layout().isContiguous() && b.layout().isContiguous()) {
      run(loop, a, b, out);
    } else {
      any(loop, new FloatView[] {a, b, out}, workers);
    }
  }

  private static boolean isSmallRun(FloatView out) {
    return out.layout().isContiguous() && out.layout().size() < WORTH_SHARING;
  }

  /** The common case, dense operands and one thread, without a walk over rows. */
  private static void run(FloatLoop loop, FloatView a, FloatView b, FloatView out) {
    int n = out.layout().size();
    int whole = n - n % LANES;
    int rest = n - whole;
    int ao = a.layout().offset();
    int bo = b.layout().offset();
    int oo = out.layout().offset();
    if (whole > 0) {
      loop.run(a.array(), ao, b.array(), bo, out.array(), oo, whole);
    }
    if (rest > 0) {
      float[] side = FloatScratch.ofThread().side;
      System.arraycopy(a.array(), ao + whole, side, 0, rest);
      System.arraycopy(b.array(), bo + whole, side, LANES, rest);
      loop.run(side, 0, side, LANES, side, 0, LANES);
      System.arraycopy(side, 0, out.array(), oo + whole, rest);
    }
  }

  static void select(
      FloatView condition, FloatView a, FloatView b, FloatView out, Workers workers) {
    any(SELECT, new FloatView[] {condition, a, b, out}, workers);
  }

  static void copy(FloatView x, FloatView out, Workers workers) {
    if (out.layout().size() == 0) {
      return; // an empty part may begin beyond the end of its array
    }
    if (isSmallRun(out) && x.layout().isContiguous()) {
      System.arraycopy(
          x.array(), x.layout().offset(), out.array(), out.layout().offset(), out.layout().size());
    } else if (isSmallMatrixOfRows(x, out)) {
      copyRows(x, out);
    } else {
      any(COPY, new FloatView[] {x, out}, workers);
    }
  }

  private static boolean isSmallMatrixOfRows(FloatView x, FloatView out) {
    Layout to = out.layout();
    return to.rank() == 2
        && to.stride(1) == 1
        && x.layout().stride(1) == 1
        && to.size() < WORTH_SHARING;
  }

  private static void copyRows(FloatView x, FloatView out) {
    Layout from = x.layout();
    Layout to = out.layout();
    for (int row = 0; row < to.extent(0); row++) {
      System.arraycopy(
          x.array(),
          from.offset() + row * from.stride(0),
          out.array(),
          to.offset() + row * to.stride(0),
          to.extent(1));
    }
  }

  /** Runs a loop over views of any strides, the output last. */
  private static void any(FloatLoop loop, FloatView[] views, Workers workers) {
    var layouts = new Layout[views.length];
    for (int k = 0; k < views.length; k++) {
      layouts[k] = views[k].layout();
    }
    RowWalk walk = RowWalk.over(layouts);
    int rows = walk.rows();
    int length = walk.rowLength();
    long size = (long) rows * length;
    int parts =
        size < WORTH_SHARING || workers.threads() == 1
            ? 1
            : (int) Math.min(2L * workers.threads(), size / (WORTH_SHARING / 4));
    if (parts <= 1) {
      new Pass(loop, views, walk).run(0, rows, 0, length);
    } else if (rows >= parts) {
      workers.run(
          parts,
          i ->
              new Pass(loop, views, walk.copy())
                  .run(
                      (int) ((long) rows * i / parts),
                      (int) ((long) rows * (i + 1) / parts),
                      0,
                      length));
    } else {
      int step = FloatGemm.roundUp((length + parts - 1) / parts, TILE);
      workers.run(
          (length + step - 1) / step,
          i ->
              new Pass(loop, views, walk.copy())
                  .run(0, rows, i * step, Math.min(length, (i + 1) * step)));
    }
  }

  /** One thread's share of a call. */
  private static final class Pass {
    private final FloatLoop loop;
    private final FloatView[] views;
    private final RowWalk walk;
    private final int last;
    private final float[] scratch;
    private final float[][] arrays = new float[4][];
    private final int[] at = new int[4];

    Pass(FloatLoop loop, FloatView[] views, RowWalk walk) {
      this.loop = loop;
      this.views = views;
      this.walk = walk;
      this.last = views.length - 1;
      this.scratch = FloatScratch.ofThread().tile(4 * TILE);
      Arrays.fill(arrays, scratch);
    }

    /** Some columns of some rows. */
    void run(int fromRow, int toRow, int fromColumn, int toColumn) {
      int length = toColumn - fromColumn;
      if (length < SHORT && toRow - fromRow > 1) {
        shortRows(fromRow, toRow, length);
        return;
      }
      int width = TILE;
      for (int k = 0; k <= last; k++) {
        if (walk.step(k) != 1 && walk.step(k) != 0) {
          // So few columns that the lines of a strided operand stay in L1 for the rows to come.
          width = 16 * LANES;
        }
      }
      for (int column = fromColumn; column < toColumn; column += width) {
        int count = Math.min(width, toColumn - column);
        for (int row = fromRow; row < toRow; row++) {
          walk.seek(row);
          tile(column, count);
        }
      }
    }

    private void tile(int column, int count) {
      boolean inPlace = walk.step(last) == 1;
      for (int k = 0; k < last; k++) {
        inPlace &= walk.step(k) == 1 || walk.step(k) == 0;
      }
      int whole = inPlace ? count - count % LANES : 0;
      if (whole > 0) {
        for (int k = 0; k < last; k++) {
          if (walk.step(k) == 1) {
            arrays[k] = views[k].array();
            at[k] = walk.start(k) + column;
          } else {
            arrays[k] = scratch;
            at[k] = k * TILE;
            Arrays.fill(scratch, at[k], at[k] + whole, views[k].array()[walk.start(k)]);
          }
        }
        call(views[last].array(), walk.start(last) + column, whole);
      }
      if (whole < count) {
        int rest = count - whole;
        for (int k = 0; k < last; k++) {
          gather(k, column + whole, rest, k * TILE);
        }
        fromScratch(rest);
        spread(column + whole, rest, 0);
      }
    }

    private void shortRows(int fromRow, int toRow, int length) {
      int group = TILE / length;
      for (int first = fromRow; first < toRow; first += group) {
        int end = Math.min(first + group, toRow);
        for (int row = first; row < end; row++) {
          walk.seek(row);
          for (int k = 0; k < last; k++) {
            gather(k, 0, length, k * TILE + (row - first) * length);
          }
        }
        fromScratch((end - first) * length);
        for (int row = first; row < end; row++) {
          walk.seek(row);
          spread(0, length, (row - first) * length);
        }
      }
    }

    /**
     * Runs the loop on gathered operands, padded to whole vectors; the result replaces the first.
     */
    private void fromScratch(int count) {
      for (int k = 0; k < last; k++) {
        arrays[k] = scratch;
        at[k] = k * TILE;
      }
      call(scratch, 0, FloatGemm.roundUp(count, LANES));
    }

    private void call(float[] out, int oo, int n) {
      loop.run(arrays[0], at[0], arrays[1], at[1], arrays[2], at[2], out, oo, n);
    }

    private void gather(int k, int column, int count, int to) {
      float[] from = views[k].array();
      int step = walk.step(k);
      int p = walk.start(k) + column * step;
      if (step == 1) {
        System.arraycopy(from, p, scratch, to, count);
      } else if (step == 0) {
        Arrays.fill(scratch, to, to + count, from[p]);
      } else {
        for (int i = 0; i < count; i++, p += step) {
          scratch[to + i] = from[p];
        }
      }
    }

    private void spread(int column, int count, int from) {
      float[] to = views[last].array();
      int step = walk.step(last);
      int p = walk.start(last) + column * step;
      if (step == 1) {
        System.arraycopy(scratch, from, to, p, count);
      } else {
        for (int i = 0; i < count; i++, p += step) {
          to[p] = scratch[from + i];
        }
      }
    }
  }
}
