package org.tapeloop.backend.vector;

import jdk.incubator.vector.VectorMask;

/**
 * Standardises rows, or pulls a cotangent of standardised rows back: sums over a row and then the
 * row itself, both from L1.
 */
final class FloatStandardise extends FloatStep {
  private static final int LANES = FloatLoop.EACH;

  static final FloatLoop DEVIATION = FloatLoop.rows(FloatLoops::inverseDeviation);
  static final FloatLoop FORWARD = FloatLoop.rows(FloatLoops::standardise);
  static final FloatLoop GRADIENT = FloatLoop.rows(FloatLoops::standardiseGradient);

  private final FloatLoop loop;
  private final FloatPlace a;
  private final FloatPlace b;
  private final FloatPlace scale;
  private final FloatPlace out;
  private final int width;
  private final VectorMask<Float> rest;
  private final float epsilon;

  /**
   * @param a rows of at least one vector, or the only vector of narrower ones
   * @param b for {@link #GRADIENT} only
   * @param scale one column, but for {@link #DEVIATION}
   * @param epsilon for {@link #DEVIATION}
   */
  FloatStandardise(
      FloatLoop loop,
      FloatPlace a,
      FloatPlace b,
      FloatPlace scale,
      FloatPlace out,
      int width,
      float epsilon) {
    this.loop = loop;
    this.a = a;
    this.b = b;
    this.scale = scale;
    this.out = out;
    this.width = width;
    this.epsilon = epsilon;
    int extra = width % LANES;
    long lanes = (1L << extra) - 1;
    this.rest =
        VectorMask.fromLong(
            VectorWidth.FLOAT, width < LANES ? lanes : lanes << (LANES - extra) % LANES);
  }

  @Override
  void run(FloatPlace.Tile tile) {
    loop.rows(
        a.array(tile),
        a.start(tile),
        a.stride(tile),
        b.array(tile),
        b.start(tile),
        b.stride(tile),
        scale.array(tile),
        scale.start(tile),
        scale.stride(tile),
        out.array(tile),
        out.start(tile),
        out.stride(tile),
        tile.rows,
        width,
        rest,
        epsilon);
  }
}
