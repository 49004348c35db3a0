package org.tapeloop.backend.openblas;

import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.RowWalk;

/**
 * Reductions over any axes, in double precision.
 *
 * <p>Many totals run side by side: those of neighbouring outputs where the output's elements are
 * neighbours in memory, else {@link #LANES} of one output. No total takes more than {@link
 * Totals#BLOCK} terms before it joins a compensated sum, so an F64 sum is off by less than 32 ulp
 * of the sum of absolute values however long it is.
 */
final class FloatReduce {
  private static final int LANES = 64;

  private final ReduceKernel kernel;
  private final FloatView x;
  private final FloatView out;

  /** The operand's first elements of each group, and the output, over the axes that are kept. */
  private final Layout firsts;

  /** One group, over the axes that are reduced. */
  private final Layout group;

  FloatReduce(ReduceKernel kernel, FloatView x, FloatView out) {
    this.kernel = kernel;
    this.x = x;
    this.out = out;
    Layout kept = x.layout();
    Layout reduced = x.layout();
    for (int axis = 0; axis < kept.rank(); axis++) {
      if (out.layout().extent(axis) == 1) {
        kept = kept.slice(axis, 0, 1, 1);
      } else {
        reduced = reduced.slice(axis, 0, 1, 1);
      }
    }
    this.firsts = kept;
    this.group = reduced;
  }

  void run(Workers workers) {
    RowWalk outputs = RowWalk.over(firsts, out.layout());
    RowWalk members = RowWalk.over(group);
    int count = outputs.rows() * outputs.rowLength();
    boolean columns =
        outputs.rowLength() > 1
            && (members.rowLength() == 1 || Math.abs(outputs.step(0)) < Math.abs(members.step(0)));
    int task =
        columns ? FloatTile.LENGTH : Math.max(1, FloatKernels.TASK / Math.max(1, group.size()));
    int tasks = Math.ceilDiv(count, task);
    boolean large = x.layout().size() > FloatKernels.PARALLEL;
    (large ? workers : FloatKernels.CALLER)
        .run(
            tasks,
            i -> {
              int from = i * task;
              int to = Math.min(count, from + task);
              if (columns) {
                columns(outputs.copy(), members.copy(), from, to);
              } else {
                rows(outputs.copy(), members.copy(), from, to);
              }
            });
  }

  /** Outputs from..to-1, each reduced by itself. */
  private void rows(RowWalk outputs, RowWalk members, int from, int to) {
    Totals totals = new Totals(kernel, LANES);
    float[] tile = new float[Math.min(FloatTile.LENGTH, Math.max(1, group.size()))];
    int length = outputs.rowLength();
    for (int i = from; i < to; i++) {
      outputs.seek(i / length);
      int column = i % length;
      int shift = outputs.start(0) + column * outputs.step(0) - x.layout().offset();
      totals.reset();
      for (int row = 0; row < members.rows(); row++) {
        members.seek(row);
        for (int at = 0; at < members.rowLength(); at += tile.length) {
          int count = Math.min(tile.length, members.rowLength() - at);
          int position = members.start(0) + shift + at * members.step(0);
          FloatTile.loadLine(x.array(), position, members.step(0), count, tile);
          for (int lane = 0; lane < count; lane += LANES) {
            accumulate(totals.next(), tile, lane, Math.min(LANES, count - lane));
          }
        }
      }
      out.array()[outputs.start(1) + column * outputs.step(1)] = (float) totals.joined();
    }
  }

  /** Outputs from..to-1 side by side: each line of the operand adds one term to each of them. */
  private void columns(RowWalk outputs, RowWalk members, int from, int to) {
    float[] tile = new float[to - from];
    int length = outputs.rowLength();
    for (int i = from; i < to; ) {
      outputs.seek(i / length);
      int column = i % length;
      int run = Math.min(length - column, to - i);
      Totals totals = new Totals(kernel, run);
      int shift = outputs.start(0) + column * outputs.step(0) - x.layout().offset();
      for (int row = 0; row < members.rows(); row++) {
        members.seek(row);
        for (int at = 0; at < members.rowLength(); at++) {
          int position = members.start(0) + shift + at * members.step(0);
          FloatTile.loadLine(x.array(), position, outputs.step(0), run, tile);
          accumulate(totals.next(), tile, 0, run);
        }
      }
      for (int j = 0; j < run; j++) {
        tile[j] = (float) totals.of(j);
      }
      int target = outputs.start(1) + column * outputs.step(1);
      FloatTile.storeLine(tile, out.array(), target, outputs.step(1), run);
      i += run;
    }
  }

  private void accumulate(double[] totals, float[] tile, int from, int count) {
    switch (kernel) {
      case SUM -> {
        for (int j = 0; j < count; j++) {
          totals[j] += tile[from + j];
        }
      }
      case PRODUCT -> {
        for (int j = 0; j < count; j++) {
          totals[j] *= tile[from + j];
        }
      }
      case MAX -> {
        for (int j = 0; j < count; j++) {
          totals[j] = Math.max(totals[j], tile[from + j]);
        }
      }
      case MIN -> {
        for (int j = 0; j < count; j++) {
          totals[j] = Math.min(totals[j], tile[from + j]);
        }
      }
    }
  }
}
