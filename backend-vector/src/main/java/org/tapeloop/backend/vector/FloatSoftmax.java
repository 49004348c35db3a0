package org.tapeloop.backend.vector;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;
import org.tapeloop.autograd.spi.RowWalk;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * Softmax and its logarithm along the last axis, and running sums: a row at a time, while it is in
 * cache.
 *
 * <p>Three passes over a row: largest, exponentials and their sum, scaling. Bound by the
 * exponential. Split among threads by rows.
 */
final class FloatSoftmax {
  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOAT;
  private static final int LANES = SPECIES.length();

  private static final FloatLoop EXPONENTIAL = FloatUnaryLoops.of(UnaryKernel.EXP);

  private FloatSoftmax() {}

  static void softmax(FloatView x, FloatView out, boolean logarithm, Workers workers) {
    Layout layout = out.layout();
    int rank = layout.rank();
    if (layout.size() == 0) {
      return;
    }
    int length = layout.extent(rank - 1);
    int rows = layout.size() / length;
    int parts =
        layout.size() < FloatElementwise.WORTH_SHARING / 4
            ? 1
            : Math.min(rows, 2 * workers.threads());
    RowWalk walk =
        RowWalk.over(x.layout().slice(rank - 1, 0, 1, 1), layout.slice(rank - 1, 0, 1, 1));
    workers.run(
        parts,
        i ->
            rows(
                x,
                out,
                logarithm,
                walk.copy(),
                length,
                (int) ((long) rows * i / parts),
                (int) ((long) rows * (i + 1) / parts)));
  }

  private static void rows(
      FloatView x, FloatView out, boolean logarithm, RowWalk walk, int length, int from, int to) {
    int in = x.layout().stride(x.layout().rank() - 1);
    int step = out.layout().stride(out.layout().rank() - 1);
    int padded = FloatGemm.roundUp(length, LANES);
    float[] row = FloatScratch.ofThread().line(padded + LANES);
    for (int r = from; r < to; r++) {
      walk.seek(r / walk.rowLength());
      int column = r % walk.rowLength();
      int p = walk.start(0) + column * walk.step(0);
      int q = walk.start(1) + column * walk.step(1);
      for (int i = 0; i < length; i++) {
        row[i] = x.array()[p + i * in];
      }
      // Padding leaves the largest and the sum as they are: e^-infinity is 0.
      Arrays.fill(row, length, padded, Float.NEGATIVE_INFINITY);
      if (logarithm) {
        logSoftmax(row, padded);
      } else {
        softmax(row, padded);
      }
      for (int i = 0; i < length; i++) {
        out.array()[q + i * step] = row[i];
      }
    }
  }

  private static void softmax(float[] row, int padded) {
    FloatFolds.MAX.run(row, 0, padded, row, padded);
    float largest = FloatFolds.MAX.lanes(row, padded);
    shift(row, padded, largest);
    EXPONENTIAL.run(row, 0, row, 0, padded);
    divide(row, padded, sum(row, 0, padded));
  }

  private static void logSoftmax(float[] row, int padded) {
    FloatFolds.MAX.run(row, 0, padded, row, padded);
    float largest = FloatFolds.MAX.lanes(row, padded);
    shift(row, padded, largest);
    float[] exponentials = FloatScratch.ofThread().tile(padded + LANES);
    EXPONENTIAL.run(row, 0, exponentials, 0, padded);
    shift(row, padded, (float) Math.log(sum(exponentials, 0, padded)));
  }

  /** Sums by halves down to runs of 32 vectors an accumulator; uses the vector after the row. */
  private static float sum(float[] row, int from, int count) {
    int run = 4 * 32 * LANES;
    if (count <= run) {
      float[] side = FloatScratch.ofThread().side;
      FloatFolds.SUM.run(row, from, count, side, 0);
      return FloatFolds.SUM.lanes(side, 0);
    }
    int left = Integer.highestOneBit((count - 1) / run) * run;
    return sum(row, from, left) + sum(row, from + left, count - left);
  }

  private static void shift(float[] row, int n, float by) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector.fromArray(SPECIES, row, i).sub(by).intoArray(row, i);
    }
  }

  private static void divide(float[] row, int n, float by) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector.fromArray(SPECIES, row, i).div(by).intoArray(row, i);
    }
  }
}
