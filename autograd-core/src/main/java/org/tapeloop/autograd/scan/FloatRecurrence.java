package org.tapeloop.autograd.scan;

import org.tapeloop.autograd.scan.RecurrenceLoops.Columns;
import org.tapeloop.autograd.scan.RecurrenceLoops.Rows;
import org.tapeloop.autograd.spi.FloatView;

/** The loops of {@link RecurrenceLoops} over arrays of float. */
record FloatRecurrence(int half) implements RecurrenceLoops.Kernels {

  private static float[] array(Rows rows) {
    return ((FloatView) rows.view()).array();
  }

  @Override
  public void run(Rows a, int sign, Rows b, Rows h, Rows state, int steps, Columns columns) {
    if (half == 0) {
      runReal(a, b, h, array(state), steps, columns);
    } else {
      runComplex(a, sign, b, h, array(state), steps, columns);
    }
  }

  private static void runReal(Rows a, Rows b, Rows h, float[] s, int steps, Columns columns) {
    float[] factors = array(a);
    float[] terms = array(b);
    float[] out = array(h);
    int to = columns.to();
    for (int t = 0; t < steps; t++) {
      int at = a.at(t);
      int bt = b.at(t);
      int ht = h.at(t);
      for (int j = columns.from(); j < to; j++) {
        float next = factors[at + j] * s[j] + terms[bt + j];
        s[j] = next;
        out[ht + j] = next;
      }
    }
  }

  private void runComplex(Rows a, int sign, Rows b, Rows h, float[] s, int steps, Columns columns) {
    float[] factors = array(a);
    float[] terms = array(b);
    float[] out = array(h);
    for (int t = 0; t < steps; t++) {
      int at = a.at(t);
      int bt = b.at(t);
      int ht = h.at(t);
      for (int re = columns.from(); re < columns.to(); re += 2 * half) {
        for (int j = re; j < re + half; j++) {
          int im = j + half;
          float turn = sign * factors[at + im];
          float x = factors[at + j] * s[j] - turn * s[im] + terms[bt + j];
          float y = factors[at + j] * s[im] + turn * s[j] + terms[bt + im];
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
      float[] h, int ht, float[] l, int lt, float[] p, int pt, Columns columns) {
    for (int j = columns.from(); j < columns.to(); j++) {
      p[pt + j] = h[ht + j] * l[lt + j];
    }
  }

  private void multiplyComplex(
      float[] h, int ht, float[] l, int lt, float[] p, int pt, Columns columns) {
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
    float[] f = array(a);
    float[] g = array(b);
    for (int j = 0; j < size; j++) {
      float h0 = 0;
      float h1 = 0;
      float h2 = 0;
      float h3 = 0;
      float p0 = 1;
      float p1 = 1;
      float p2 = 1;
      float p3 = 1;
      int at = a.at(chunk * steps) + j;
      int bt = b.at(chunk * steps) + j;
      int aNext = steps * a.stride();
      int bNext = steps * b.stride();
      for (int t = 0; t < steps; t++, at += a.stride(), bt += b.stride()) {
        float f0 = f[at];
        float f1 = f[at + aNext];
        float f2 = f[at + 2 * aNext];
        float f3 = f[at + 3 * aNext];
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

  private static void put(Rows rows, int chunk, int j, float v0, float v1, float v2, float v3) {
    float[] out = array(rows);
    out[rows.at(chunk) + j] = v0;
    out[rows.at(chunk + 1) + j] = v1;
    out[rows.at(chunk + 2) + j] = v2;
    out[rows.at(chunk + 3) + j] = v3;
  }

  @Override
  public void runFour(Rows a, Rows b, Rows h, int steps, int chunk, int size, Rows starts) {
    float[] f = array(a);
    float[] g = array(b);
    float[] out = array(h);
    float[] s = array(starts);
    for (int j = 0; j < size; j++) {
      float h0 = s[starts.at(chunk) + j];
      float h1 = s[starts.at(chunk + 1) + j];
      float h2 = s[starts.at(chunk + 2) + j];
      float h3 = s[starts.at(chunk + 3) + j];
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
