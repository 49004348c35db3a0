package org.tapeloop.autograd.scan;

import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.DoubleView;
import org.tapeloop.autograd.spi.FloatView;

/**
 * The loops of {@link AssociativeScan}: one pass over dense arrays, bound by memory, or by the
 * latency of a product and a sum a step where there are few columns. Inner loops run over adjacent
 * columns, so that the JIT compiler makes vectors of them.
 *
 * @param time T
 * @param half for complex numbers, how many real parts stand before the imaginary ones; 0 for real
 */
record RecurrenceLoops(int time, int half) {

  /** The elements of each step that one call computes. */
  record Columns(int from, int to) {}

  /** The elements of each step, which may be the same ones at all steps. */
  record Rows(ArrayView view, int offset, int stride) {

    /** A dense array [T, ...] or [...] with {@code size} elements a step. */
    static Rows of(ArrayView view, int size) {
      int stride = view.layout().size() == size ? 0 : size;
      return new Rows(view, view.layout().offset(), stride);
    }

    int at(int step) {
      return offset + step * stride;
    }
  }

  /** {@code h_t = a_t h_(t-1) + b_t}. */
  void forward(Rows a, Rows b, Rows initial, Rows h, Columns columns) {
    for (int t = 0; t < time; t++) {
      Rows last = t == 0 ? initial : h;
      step(a, t, false, b, t, last, t - 1, h, t, columns);
    }
  }

  /** {@code l_t = conj(a_(t+1)) l_(t+1) + g_t}, where nothing follows the last step. */
  void backward(Rows a, Rows g, Rows zero, Rows l, Columns columns) {
    step(zero, 0, true, g, time - 1, zero, 0, l, time - 1, columns);
    for (int t = time - 2; t >= 0; t--) {
      step(a, t + 1, true, g, t, l, t + 1, l, t, columns);
    }
  }

  /** {@code p_t = conj(h_(t-1)) l_t}. */
  void pairs(Rows h, Rows initial, Rows zero, Rows l, Rows p, Columns columns) {
    for (int t = 0; t < time; t++) {
      step(t == 0 ? initial : h, t - 1, true, zero, t, l, t, p, t, columns);
    }
  }

  private void step(
      Rows a,
      int factor,
      boolean conjugate,
      Rows b,
      int term,
      Rows last,
      int before,
      Rows h,
      int t,
      Columns columns) {
    int at = a.at(factor);
    int bt = b.at(term);
    int lt = last.at(before);
    int sign = conjugate ? -1 : 1;
    switch (h.view) {
      case FloatView out ->
          step(floats(a), at, sign, floats(b), bt, floats(last), lt, out.array(), h.at(t), columns);
      case DoubleView out ->
          step(
              doubles(a),
              at,
              sign,
              doubles(b),
              bt,
              doubles(last),
              lt,
              out.array(),
              h.at(t),
              columns);
    }
  }

  private static float[] floats(Rows rows) {
    return ((FloatView) rows.view).array();
  }

  private static double[] doubles(Rows rows) {
    return ((DoubleView) rows.view).array();
  }

  private void step(
      float[] a,
      int at,
      float sign,
      float[] b,
      int bt,
      float[] last,
      int lt,
      float[] h,
      int ht,
      Columns columns) {
    if (half == 0) {
      for (int j = columns.from; j < columns.to; j++) {
        h[ht + j] = a[at + j] * last[lt + j] + b[bt + j];
      }
      return;
    }
    for (int re = columns.from; re < columns.to; re += 2 * half) {
      for (int j = re; j < re + half; j++) {
        int im = j + half;
        float x = last[lt + j];
        float y = last[lt + im];
        float turn = sign * a[at + im];
        h[ht + j] = a[at + j] * x - turn * y + b[bt + j];
        h[ht + im] = a[at + j] * y + turn * x + b[bt + im];
      }
    }
  }

  private void step(
      double[] a,
      int at,
      double sign,
      double[] b,
      int bt,
      double[] last,
      int lt,
      double[] h,
      int ht,
      Columns columns) {
    if (half == 0) {
      for (int j = columns.from; j < columns.to; j++) {
        h[ht + j] = a[at + j] * last[lt + j] + b[bt + j];
      }
      return;
    }
    for (int re = columns.from; re < columns.to; re += 2 * half) {
      for (int j = re; j < re + half; j++) {
        int im = j + half;
        double x = last[lt + j];
        double y = last[lt + im];
        double turn = sign * a[at + im];
        h[ht + j] = a[at + j] * x - turn * y + b[bt + j];
        h[ht + im] = a[at + j] * y + turn * x + b[bt + im];
      }
    }
  }
}
