package org.tapeloop.backend.vector;

import java.util.Arrays;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;

/**
 * Reductions along any axes.
 *
 * <p>What is reduced is cut into pieces of fixed size, folded in order and joined as a balanced
 * tree. So the error of a sum is that of at most 32 additions in a chain and of log2(n) levels, and
 * its bits depend on the extents alone. Where the reduced elements are neighbours, the pieces are
 * runs folded into one vector, and rows of one run each a single loop; where the kept ones are,
 * pieces are 32 rows of columns folded side by side; otherwise runs are gathered first. Bound by
 * memory.
 *
 * <p>Split among threads by results, never along what is reduced.
 */
final class FloatReduce {
  private static final int LANES = VectorWidth.FLOAT.length();

  /** Elements of a run: 32 vectors for each of four accumulators. */
  private static final int RUN = 4 * 32 * LANES;

  /** Rows of columns folded in one chain. */
  private static final int ROWS = 32;

  /**
   * Columns folded side by side, at most: a row of them stays in L1, and the results of all tree
   * levels in L2.
   */
  private static final int COLUMNS = 2048;

  private FloatReduce() {}

  static void reduce(FloatFolds fold, FloatView x, FloatView out, Workers workers) {
    Layout results = out.layout();
    if (results.size() == 0) {
      return;
    }
    if (x.layout().size() == 0) {
      FloatFill.fill(out, fold.identity);
      return;
    }
    ReducePlan plan = FloatScratch.ofThread().reduction;
    plan.set(x.layout(), results);
    int kept = plan.kept;
    int inner = plan.reduced - 1;
    boolean columns =
        kept > 0
            && plan.reducedStrides[inner] != 1
            && plan.keptStrides[kept - 1] == 1
            && plan.keptExtents[kept - 1] >= LANES;
    int width = columns ? plan.keptExtents[kept - 1] : 1;
    if (inner == 0
        && kept <= 1
        && plan.reducedStrides[0] == 1
        && plan.reducedExtents[0] >= LANES
        && plan.reducedExtents[0] <= RUN) {
      rows(fold, x, out, plan, workers);
      return;
    }
    boolean shared = workers.threads() > 1 && x.layout().size() >= FloatElementwise.WORTH_SHARING;
    int together = shared ? columnsTogether(width, workers.threads()) : COLUMNS;
    int tiles = columns ? (width + together - 1) / together : 1;
    int outer = columns ? kept - 1 : kept;
    int tasks = Math.multiplyExact(ReducePlan.count(plan.keptExtents, outer), tiles);
    int parts = shared ? Math.min(tasks, 2 * workers.threads()) : 1;
    if (parts == 1) {
      part(fold, x, out, plan, columns, outer, tiles, together, 0, tasks);
      return;
    }
    workers.run(
        parts,
        i ->
            part(
                fold,
                x,
                out,
                plan,
                columns,
                outer,
                tiles,
                together,
                (int) ((long) tasks * i / parts),
                (int) ((long) tasks * (i + 1) / parts)));
  }

  /** Columns of a task, so that each thread has some: whole vectors, whose bits are their own. */
  private static int columnsTogether(int width, int threads) {
    return Math.min(COLUMNS, FloatGemm.roundUp((width + threads - 1) / threads, 4 * LANES));
  }

  /** Rows of one run each: one loop over all of them. */
  private static void rows(
      FloatFolds fold, FloatView x, FloatView out, ReducePlan plan, Workers workers) {
    boolean one = plan.kept == 0;
    int rows = one ? 1 : plan.keptExtents[0];
    int xs = one ? 0 : plan.keptStrides[0];
    int os = one ? 0 : plan.outStrides[0];
    int length = plan.reducedExtents[0];
    VectorShuffle<Float> rotation = FloatStep.Fold.rotation(length);
    VectorMask<Float> rest = FloatStep.Fold.rest(length);
    int parts =
        x.layout().size() < FloatElementwise.WORTH_SHARING
            ? 1
            : Math.min(rows, 2 * workers.threads());
    workers.run(
        parts,
        i -> {
          int from = (int) ((long) rows * i / parts);
          int count = (int) ((long) rows * (i + 1) / parts) - from;
          fold.rows.fold(
              x.array(),
              x.layout().offset() + from * xs,
              xs,
              out.array(),
              out.layout().offset() + from * os,
              os,
              count,
              length,
              rotation,
              rest);
        });
  }

  private static void part(
      FloatFolds fold,
      FloatView x,
      FloatView out,
      ReducePlan plan,
      boolean columns,
      int outer,
      int tiles,
      int together,
      int from,
      int to) {
    Tree tree = FloatScratch.ofThread().tree;
    tree.begin(fold, x.array(), plan, columns);
    for (int task = from; task < to; task++) {
      int index = task / tiles;
      int start =
          x.layout().offset()
              + ReducePlan.position(index, plan.keptExtents, plan.keptStrides, outer);
      int result =
          out.layout().offset()
              + ReducePlan.position(index, plan.keptExtents, plan.outStrides, outer);
      if (columns) {
        int column = task % tiles * together;
        int count = Math.min(together, plan.keptExtents[outer] - column);
        tree.columns(
            start + column,
            count,
            out.array(),
            result + column * plan.outStrides[outer],
            plan.outStrides[outer]);
      } else {
        out.array()[result] = tree.row(start);
      }
    }
    tree.release();
  }

  /**
   * The pieces of one result, or of some columns of results, joined as a tree in scratch. One
   * object a thread, set anew for each reduction.
   */
  static final class Tree {
    private static final float[] NOTHING = {};

    private FloatFolds fold = FloatFolds.SUM;
    private float[] x = NOTHING;
    private boolean columns;
    private int[] extents = {};
    private int[] strides = {};
    private int inner;
    private int length;
    private int stride;
    private int piece;
    private int piecesOfRun;
    private int pieces;
    private float[] results = NOTHING;
    private float[] gathered = NOTHING;
    private int start;
    private int width;
    private int columnCount;

    void begin(FloatFolds how, float[] array, ReducePlan plan, boolean byColumns) {
      fold = how;
      x = array;
      columns = byColumns;
      extents = plan.reducedExtents;
      strides = plan.reducedStrides;
      inner = plan.reduced - 1;
      length = extents[inner];
      stride = strides[inner];
      piece = columns ? ROWS : RUN;
      piecesOfRun = (length + piece - 1) / piece;
      pieces = piecesOfRun * ReducePlan.count(extents, inner);
      width = LANES;
      FloatScratch scratch = FloatScratch.ofThread();
      int levels = 34 - Integer.numberOfLeadingZeros(pieces);
      results = scratch.line(levels * (columns ? COLUMNS + LANES : LANES));
      gathered = scratch.tile(RUN);
    }

    /** Lets go of the caller's array. */
    void release() {
      x = NOTHING;
    }

    float row(int from) {
      start = from;
      join(0, pieces, 0);
      return fold.lanes(results, 0);
    }

    void columns(int from, int count, float[] out, int to, int step) {
      start = from;
      columnCount = count;
      width = FloatGemm.roundUp(count, LANES);
      join(0, pieces, 0);
      if (step == 1) {
        System.arraycopy(results, 0, out, to, count);
        return;
      }
      for (int i = 0; i < count; i++) {
        out[to + i * step] = results[i];
      }
    }

    /**
     * Joins the pieces from..end-1 into {@code results[at..]}; the deeper levels use what follows.
     */
    private void join(int from, int end, int at) {
      int count = end - from;
      if (count == 1) {
        fold(from, at);
        return;
      }
      int left = Integer.highestOneBit(count - 1);
      join(from, from + left, at);
      join(from + left, end, at + width);
      fold.join(results, at + width, width, results, at);
    }

    private void fold(int index, int at) {
      int first = index % piecesOfRun * piece;
      int count = Math.min(piece, length - first);
      int from =
          start
              + ReducePlan.position(index / piecesOfRun, extents, strides, inner)
              + first * stride;
      if (columns) {
        foldRows(from, count, at);
      } else {
        foldRun(from, count, at);
      }
    }

    private void foldRows(int from, int rows, int at) {
      int whole = columnCount - columnCount % LANES;
      int rest = columnCount - whole;
      Arrays.fill(results, at, at + width, fold.identity);
      // Four streams a quarter apart, each in rising order, as prefetchers like it.
      int quarter = rows / 4;
      for (int row = 0; row < quarter; row++) {
        fold.joinFour(x, from + row * stride, quarter * stride, whole, results, at);
      }
      for (int row = 4 * quarter; row < rows; row++) {
        fold.join(x, from + row * stride, whole, results, at);
      }
      for (int i = 0; i < rows && rest > 0; i++) {
        System.arraycopy(x, from + i * stride + whole, gathered, i * LANES, rest);
      }
      for (int i = 0; i < rows && rest > 0; i++) {
        fold.join(gathered, i * LANES, LANES, results, at + whole);
      }
    }

    private void foldRun(int from, int count, int at) {
      int whole = stride == 1 ? count - count % LANES : 0;
      if (whole == count) {
        fold.run(x, from, count, results, at);
        return;
      }
      int rest = count - whole;
      int padded = FloatGemm.roundUp(rest, LANES);
      for (int i = 0, p = from + whole * stride; i < rest; i++, p += stride) {
        gathered[i] = x[p];
      }
      Arrays.fill(gathered, rest, padded, fold.identity);
      fold.run(gathered, 0, padded, results, at);
      if (whole > 0) {
        // The rest was folded first so that one vector of scratch is enough.
        System.arraycopy(results, at, gathered, 0, LANES);
        fold.run(x, from, whole, results, at);
        fold.join(gathered, 0, LANES, results, at);
      }
    }
  }
}
