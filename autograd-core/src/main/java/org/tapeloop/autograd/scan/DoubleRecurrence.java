package org.tapeloop.autograd.scan;

import org.tapeloop.autograd.scan.RecurrenceLoops.Columns;
import org.tapeloop.autograd.scan.RecurrenceLoops.Rows;
import org.tapeloop.autograd.spi.DoubleView;

/** The loops of {@link RecurrenceLoops} over doubles; {@link FloatRecurrence} has the same. */
record DoubleRecurrence(int half) implements RecurrenceLoops.Kernels {

  private static double[] array(Rows rows) {
    return ((DoubleView) rows.view()).array();
  }

  @Override
  public void run(Rows a, int sign, Rows b, Rows h, Rows state, int steps, Columns columns) {
    if (half == 0) {
      runReal(a, b, h, array(state), steps, columns);
    } else {
      runComplex(a, sign, b, h, array(state), steps, columns);
    }
  }

  private static void runReal(Rows a, Rows b, Rows h, double[] s, int steps, Columns columns) {
    double[] factors = array(a);
    double[] terms = array(b);
    double[] out = array(h);
    int to = columns.to();
    for (int t = 0; t < steps; t++) {
      int at = a.at(t);
      int bt = b.at(t);
      int ht = h.at(t);
      for (int j = columns.from(); j < to; j++) {
        double next = factors[at + j] * s[j] + terms[bt + j];
        s[j] = next;
        out[ht + j] = next;
      }
    }
  }

  private void runComplex(
      Rows a, int sign, Rows b, Rows h, double[] s, int steps, Columns columns) {
    double[] factors = array(a);
    double[] terms = array(b);
    double[] out = array(h);
    for (int t = 0; t < steps; t++) {
      int at = a.at(t);
      int bt = b.at(t);
      int ht = h.at(t);
      for (int re = columns.from(); re < columns.to(); re += 2 * half) {
        for (int j = re; j < re + half; j++) {
          int im = j + half;
          double turn = sign * factors[at + im];
          double x = factors[at + j] * s[j] - turn * s[im] + terms[bt + j];
          double y = factors[at + j] * s[im] + turn * s[j] + terms[bt + im];
          s[j] = x;
          s[im] = y;
          out[ht + j] = x;
          out[ht + im] = y;
        }
      }
    }
  }

  @Override
  public void pairs(Rows before, Rows l, Rows p, int steps, Columns columns) {
    for (int t = 0; t < steps; t++) {
      if (half == 0) {
        multiply(array(before), before.at(t), array(l), l.at(t), array(p), p.at(t), columns);
      } else {
        multiplyComplex(array(before), before.at(t), array(l), l.at(t), array(p), p.at(t), columns);
      }
    }
  }

  private static void multiply(
      double[] h, int ht, double[] l, int lt, double[] p, int pt, Columns columns) {
    for (int j = columns.from(); j < columns.to(); j++) {
      p[pt + j] = h[ht + j] * l[lt + j];
    }
  }

  private void multiplyComplex(
      double[] h, int ht, double[] l, int lt, double[] p, int pt, Columns columns) {
    for (int re = columns.from(); re < columns.to(); re += 2 * half) {
      for (int j = re; j < re + half; j++) {
        int im = j + half;
        p[pt + j] = h[ht + j] * l[lt + j] + h[ht + im] * l[lt + im];
        p[pt + im] = h[ht + j] * l[lt + im] - h[ht + im] * l[lt + j];
      }
    }
  }

  @Override
  public void ends(Rows a, Rows b, int steps, int chunk, int size, Rows own, Rows product) {
    double[] f = array(a);
    double[] g = array(b);
    for (int j = 0; j < size; j++) {
      double h0 = 0;
      double h1 = 0;
      double h2 = 0;
      double h3 = 0;
      double p0 = 1;
      double p1 = 1;
      double p2 = 1;
      double p3 = 1;
      int at = a.at(chunk * steps) + j;
      int bt = b.at(chunk * steps) + j;
      int aNext = steps * a.stride();
      int bNext = steps * b.stride();
      for (int t = 0; t < steps; t++, at += a.stride(), bt += b.stride()) {
        double f0 = f[at];
        double f1 = f[at + aNext];
        double f2 = f[at + 2 * aNext];
        double f3 = f[at + 3 * aNext];
        h0 = f0 * h0 + g[bt];
        h1 = f1 * h1 + g[bt + bNext];
        h2 = f2 * h2 + g[bt + 2 * bNext];
        h3 = f3 * h3 + g[bt + 3 * bNext];
        p0 *= f0;
        p1 *= f1;
        p2 *= f2;
        p3 *= f3;
      }
      put(own, chunk, j, h0, h1, h2, h3);
      put(product, chunk, j, p0, p1, p2, p3);
    }
  }

  private static void put(Rows rows, int chunk, int j, double v0, double v1, double v2, double v3) {
    double[] out = array(rows);
    out[rows.at(chunk) + j] = v0;
    out[rows.at(chunk + 1) + j] = v1;
    out[rows.at(chunk + 2) + j] = v2;
    out[rows.at(chunk + 3) + j] = v3;
  }

  @Override
  public void runFour(Rows a, Rows b, Rows h, int steps, int chunk, int size, Rows starts) {
    double[] f = array(a);
    double[] g = array(b);
    double[] out = array(h);
    double[] s = array(starts);
    for (int j = 0; j < size; j++) {
      double h0 = s[starts.at(chunk) + j];
      double h1 = s[starts.at(chunk + 1) + j];
      double h2 = s[starts.at(chunk + 2) + j];
      double h3 = s[starts.at(chunk + 3) + j];
      int at = a.at(chunk * steps) + j;
      int bt = b.at(chunk * steps) + j;
      int ht = h.at(chunk * steps) + j;
      int aNext = steps * a.stride();
      int bNext = steps * b.stride();
      int hNext = steps * h.stride();
      for (int t = 0; t < steps; t++, at += a.stride(), bt += b.stride(), ht += h.stride()) {
        h0 = f[at] * h0 + g[bt];
        h1 = f[at + aNext] * h1 + g[bt + bNext];
        h2 = f[at + 2 * aNext] * h2 + g[bt + 2 * bNext];
        h3 = f[at + 3 * aNext] * h3 + g[bt + 3 * bNext];
        out[ht] = h0;
        out[ht + hNext] = h1;
        out[ht + 2 * hNext] = h2;
        out[ht + 3 * hNext] = h3;
      }
    }
  }
}
