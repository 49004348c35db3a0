package org.tapeloop.backend.vector;

import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;
import org.tapeloop.autograd.spi.RowWalk;

/**
 * Running sums along one axis: {@code out[i] = x[0] + ... + x[i]}, added in 64 bits, each result
 * rounded once more.
 *
 * <p>Bound by the latency of an addition; lines along an inner axis are walked side by side so that
 * each cache line is read once.
 */
final class FloatRunningSum {
  /** Lines walked side by side. */
  private static final int LINES = 64;

  private FloatRunningSum() {}

  static void run(FloatView x, int axis, FloatView out, Workers workers) {
    Layout layout = out.layout();
    if (layout.size() == 0) {
      return;
    }
    int length = layout.extent(axis);
    int in = x.layout().stride(axis);
    int step = layout.stride(axis);
    RowWalk walk = RowWalk.over(x.layout().slice(axis, 0, 1, 1), layout.slice(axis, 0, 1, 1));
    int parts =
        layout.size() < FloatElementwise.WORTH_SHARING
            ? 1
            : Math.min(walk.rows(), 2 * workers.threads());
    workers.run(
        parts,
        i -> {
          RowWalk mine = walk.copy();
          double[] sums = new double[Math.min(LINES, walk.rowLength())];
          int end = (int) ((long) walk.rows() * (i + 1) / parts);
          for (int row = (int) ((long) walk.rows() * i / parts); row < end; row++) {
            mine.seek(row);
            for (int line = 0; line < mine.rowLength(); line += LINES) {
              int count = Math.min(LINES, mine.rowLength() - line);
              lines(
                  x.array(),
                  mine.start(0) + line * mine.step(0),
                  mine.step(0),
                  in,
                  out.array(),
                  mine.start(1) + line * mine.step(1),
                  mine.step(1),
                  step,
                  count,
                  length,
                  sums);
            }
          }
        });
  }

  private static void lines(
      float[] x,
      int from,
      int across,
      int in,
      float[] out,
      int to,
      int outAcross,
      int step,
      int count,
      int length,
      double[] sums) {
    java.util.Arrays.fill(sums, 0, count, 0);
    for (int i = 0; i < length; i++) {
      int p = from + i * in;
      int q = to + i * step;
      for (int line = 0; line < count; line++, p += across, q += outAcross) {
        sums[line] += x[p];
        out[q] = (float) sums[line];
      }
    }
  }
}
