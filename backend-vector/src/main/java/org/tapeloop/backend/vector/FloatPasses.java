package org.tapeloop.backend.vector;

/**
 * A function too long for one loop: an exponential first, kept in scratch in L1, and then what is
 * made of it.
 *
 * <p>For the reason given at {@link FloatLoop}; an extra store and load a vector hardly matter
 * beside it. out may be x, for each pass has read x before the last writes out.
 */
final class FloatPasses implements FloatLoop.Unary {
  /** Elements a pass, at most: 4 KiB. */
  static final int TILE = 1024;

  /** {@code max(x, 0) + log(1 + e^(-|x|))}. */
  static final FloatPasses SOFTPLUS =
      new FloatPasses(FloatLoops::decay, FloatLoops::softplusLogarithm);

  /** A series up to 1; from there {@code 1 - e^(-x^2) q(|x|)} with q the scaled complement. */
  static final FloatPasses ERF =
      new FloatPasses(FloatLoops::bell, FloatLoops::erfLarge, FloatLoops::erfSmall);

  private final FloatLoop first;
  private final FloatLoop[] others;

  /**
   * @param first what is kept, of x
   * @param others what is kept next, of x and what was kept; the last of them gives out
   */
  private FloatPasses(FloatLoop.Unary first, FloatLoop.Binary... others) {
    this.first = FloatLoop.unary(first);
    this.others = new FloatLoop[others.length];
    for (int i = 0; i < others.length; i++) {
      this.others[i] = FloatLoop.binary(others[i]);
    }
  }

  @Override
  public void run(float[] x, int xo, int xs, float[] out, int oo, int os, int rows, int n) {
    float[] kept = FloatScratch.ofThread().pass;
    int each = FloatLoop.EACH;
    int width = Math.min(TILE, n);
    int height = TILE / width;
    for (int row = 0; row < rows; row += height) {
      int h = Math.min(height, rows - row);
      for (int column = 0; column < n; column += width) {
        int w = Math.min(width, n - column);
        int xp = xo + row * xs + column;
        int op = oo + row * os + column;
        first.unary(x, xp, xs, kept, 0, w, h, w);
        int last = others.length - 1;
        for (int i = 0; i < last; i++) {
          others[i].binary(x, xp, xs, each, kept, 0, w, each, kept, 0, w, h, w);
        }
        others[last].binary(x, xp, xs, each, kept, 0, w, each, out, op, os, h, w);
      }
    }
  }
}
