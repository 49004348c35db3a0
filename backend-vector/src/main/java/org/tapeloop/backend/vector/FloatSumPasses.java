package org.tapeloop.backend.vector;

/** {@link FloatPasses} of a sum: both passes add up, which is less work than to keep the sum. */
final class FloatSumPasses implements FloatLoop.Binary {
  /** The tanh of {@code a + b}, see {@link FloatPasses#TANH}. */
  static final FloatSumPasses TANH =
      new FloatSumPasses(FloatLoops::squaredDecayOfSum, FloatLoops::tanhQuotientOfSum);

  private final FloatLoop first;
  private final FloatLoop second;

  /**
   * @param first what is kept, of a and b
   * @param second out, of a, b and what was kept
   */
  private FloatSumPasses(FloatLoop.Binary first, FloatLoop.Ternary second) {
    this.first = FloatLoop.binary(first);
    this.second = FloatLoop.ternary(second);
  }

  @Override
  public void run(
      float[] a,
      int ao,
      int as,
      int av,
      float[] b,
      int bo,
      int bs,
      int bv,
      float[] out,
      int oo,
      int os,
      int rows,
      int n) {
    float[] kept = FloatScratch.ofThread().pass;
    int width = Math.min(FloatPasses.TILE, n);
    int height = FloatPasses.TILE / width;
    for (int row = 0; row < rows; row += height) {
      int h = Math.min(height, rows - row);
      for (int column = 0; column < n; column += width) {
        int w = Math.min(width, n - column);
        int ap = ao + row * as + column;
        int bp = bo + row * bs + column;
        int op = oo + row * os + column;
        first.binary(a, ap, as, av, b, bp, bs, bv, kept, 0, w, h, w);
        second.ternary(a, ap, as, av, b, bp, bs, bv, kept, 0, w, FloatLoop.EACH, out, op, os, h, w);
      }
    }
  }
}
