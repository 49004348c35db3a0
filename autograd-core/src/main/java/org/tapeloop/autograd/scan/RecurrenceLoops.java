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
 * @param columns elements of one step
 * @param half for complex numbers, how many real parts stand before the imaginary ones; 0 for real
 * @param fromEnd whether time runs from the last step to the first
 */
record RecurrenceLoops(
    int time,
    int columns,
    int half,
    boolean fromEnd,
    ArrayView a,
    ArrayView b,
    ArrayView initial,
    ArrayView h) {

  /** Computes columns {@code from} to {@code to - 1}; of complex numbers, groups of 2 half. */
  void run(int from, int to) {
    for (int i = 0; i < time; i++) {
      int t = fromEnd ? time - 1 - i : i;
      int before = t + (fromEnd ? 1 : -1);
      ArrayView last = i == 0 ? initial : h;
      int at = a.layout().offset() + t * columns;
      int bt = b.layout().offset() + t * columns;
      int lt = last.layout().offset() + (i == 0 ? 0 : before * columns);
      int ht = t * columns;
      switch (h) {
        case FloatView out ->
            step(floats(a), at, floats(b), bt, floats(last), lt, out.array(), ht, from, to);
        case DoubleView out ->
            step(doubles(a), at, doubles(b), bt, doubles(last), lt, out.array(), ht, from, to);
      }
    }
  }

  private static float[] floats(ArrayView view) {
    return ((FloatView) view).array();
  }

  private static double[] doubles(ArrayView view) {
    return ((DoubleView) view).array();
  }

  private void step(
      float[] a,
      int at,
      float[] b,
      int bt,
      float[] last,
      int lt,
      float[] h,
      int ht,
      int from,
      int to) {
    if (half == 0) {
      for (int j = from; j < to; j++) {
        h[ht + j] = a[at + j] * last[lt + j] + b[bt + j];
      }
      return;
    }
    for (int re = from * 2 * half; re < to * 2 * half; re += 2 * half) {
      for (int j = re; j < re + half; j++) {
        int im = j + half;
        float x = last[lt + j];
        float y = last[lt + im];
        h[ht + j] = a[at + j] * x - a[at + im] * y + b[bt + j];
        h[ht + im] = a[at + j] * y + a[at + im] * x + b[bt + im];
      }
    }
  }

  private void step(
      double[] a,
      int at,
      double[] b,
      int bt,
      double[] last,
      int lt,
      double[] h,
      int ht,
      int from,
      int to) {
    if (half == 0) {
      for (int j = from; j < to; j++) {
        h[ht + j] = a[at + j] * last[lt + j] + b[bt + j];
      }
      return;
    }
    for (int re = from * 2 * half; re < to * 2 * half; re += 2 * half) {
      for (int j = re; j < re + half; j++) {
        int im = j + half;
        double x = last[lt + j];
        double y = last[lt + im];
        h[ht + j] = a[at + j] * x - a[at + im] * y + b[bt + j];
        h[ht + im] = a[at + j] * y + a[at + im] * x + b[bt + im];
      }
    }
  }
}
