package org.tapeloop.backend.vector;

import jdk.incubator.vector.VectorMask;

/**
 * Standardises rows, or pulls a cotangent of standardised rows back: sums over the rows of a tile
 * and then the rows themselves.
 */
final class FloatStandardise extends FloatStep {
  private static final int LANES = FloatLoop.EACH;

  static final FloatLoop DEVIATION = FloatLoop.rows(FloatLoops::inverseDeviation);
  static final FloatLoop FORWARD = FloatLoop.rows(FloatLoops::standardise);
  static final FloatLoop BOTH = FloatLoop.rows(FloatLoops::deviationAndStandardise);
  static final FloatLoop GRADIENT = FloatLoop.rows(FloatLoops::standardiseGradient);
  static final FloatLoop GRADIENT_OF_PRODUCT =
      FloatLoop.rows(FloatLoops::standardiseGradientOfProduct);

  private final FloatLoop loop;
  private final FloatPlace a;
  private final FloatPlace b;
  private final FloatPlace scale;
  private final FloatPlace factor;
  private final FloatPlace kept;
  private final FloatPlace out;
  private final int width;
  private final VectorMask<Float> rest;
  private final float epsilon;

  /**
   * @param a rows of at least one vector, or the only vector of narrower ones
   * @param b rows like a, for the gradients only
   * @param scale one column, but for {@link #DEVIATION}; {@link #BOTH} writes it
   * @param factor rows like a, for {@link #GRADIENT_OF_PRODUCT} only
   * @param kept two columns of scratch
   * @param epsilon for {@link #DEVIATION} and {@link #BOTH}
   */
  FloatStandardise(
      FloatLoop loop,
      FloatPlace a,
      FloatPlace b,
      FloatPlace scale,
      FloatPlace factor,
      FloatPlace kept,
      FloatPlace out,
      int width,
      float epsilon) {
    this.loop = loop;
    this.a = a;
    this.b = b;
    this.scale = scale;
    this.factor = factor;
    this.kept = kept;
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
        factor.array(tile),
        factor.start(tile),
        factor.stride(tile),
        kept.array(tile),
        kept.start(tile),
        kept.stride(tile),
        out.array(tile),
        out.start(tile),
        out.stride(tile),
        tile.rows,
        width,
        rest,
        epsilon);
  }
}
