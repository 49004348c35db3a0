package org.tapeloop.nn;

/**
 * By how much weights are scaled up so that values keep their scale through a nonlinearity, with
 * PyTorch's numbers: a gain is the root of the mean square that the nonlinearity loses.
 */
public final class Gain {
  /** Of no nonlinearity, and of a sigmoid. */
  public static final double LINEAR = 1;

  /** Of the hyperbolic tangent. */
  public static final double TANH = 5.0 / 3;

  /** Of relu, which loses one half of the squares. */
  public static final double RELU = Math.sqrt(2);

  /** Of selu. */
  public static final double SELU = 0.75;

  private Gain() {}

  /** Of a leaky relu: {@code sqrt(2 / (1 + slope^2))}. */
  public static double leakyRelu(double slope) {
    return Math.sqrt(2 / (1 + slope * slope));
  }
}
