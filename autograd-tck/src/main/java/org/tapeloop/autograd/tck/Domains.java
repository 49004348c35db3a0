package org.tapeloop.autograd.tck;

import java.util.Random;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.UnaryKernel;

/** Where each elementwise kernel is tested: its interesting range, and its special points. */
final class Domains {
  private static final double TINY_F32 = 0x1p-149;

  /** Twice the largest argument of which the exponential is in the range of double precision. */
  private static final double FARTHEST = 1418;

  private Domains() {}

  static Values of(UnaryKernel kernel) {
    return switch (kernel) {
      case NEGATE, ABS, SIGN, SQUARE, RECIPROCAL, RELU -> Values.NORMAL;
      case SQRT, RSQRT, LOG ->
          (random, i) -> Math.exp((i % 4 == 0 ? FARTHEST : 40) * (random.nextDouble() - 0.5));
      case LOG1P -> (random, i) -> Math.exp(40 * random.nextDouble() - 30) - 0.5 * (i % 2);
      case EXP -> (random, i) -> (i % 4 == 0 ? FARTHEST : 160) * (random.nextDouble() - 0.5);
      case EXPM1, TANH, ERF, SIGMOID, SOFTPLUS -> Domains::aroundZero;
      case SIN, COS -> (random, i) -> random.nextGaussian() * (i % 3 == 0 ? 1000 : 3);
    };
  }

  /**
   * Half the arguments over the curved part, a quarter near 0, a quarter where the function levels
   * off, some of them far out.
   */
  private static double aroundZero(Random random, int index) {
    double gaussian = random.nextGaussian();
    return switch (index % 4) {
      case 0 -> gaussian * 1e-3;
      case 1 -> gaussian * (index % 8 == 1 ? 200 : 15);
      default -> gaussian * 2;
    };
  }

  static Values left(BinaryKernel kernel) {
    return switch (kernel) {
      case POW -> (random, i) -> Math.exp(8 * random.nextDouble() - 4);
      case EQUAL, NOT_EQUAL, LESS, LESS_EQUAL -> (random, i) -> random.nextInt(4);
      case TANH_GRADIENT, SIGMOID_GRADIENT -> Values.between(-1, 1);
      default -> Values.NORMAL;
    };
  }

  static Values right(BinaryKernel kernel) {
    return switch (kernel) {
      case POW -> Values.between(-6, 6);
      case EQUAL, NOT_EQUAL, LESS, LESS_EQUAL -> (random, i) -> random.nextInt(4);
      case TANH_GRADIENT -> Values.between(-1, 1);
      case SIGMOID_GRADIENT -> Values.between(0, 1);
      default -> Values.NORMAL;
    };
  }

  /** Points where a kernel's definition changes or its arithmetic is at its limit. */
  static double[] specialPoints() {
    return new double[] {
      Double.NaN,
      Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY,
      0.0,
      -0.0,
      1,
      -1,
      0.5,
      -0.5,
      2,
      -2,
      3,
      -30,
      30,
      100,
      -100,
      1000,
      -1000,
      Float.MAX_VALUE,
      -Float.MAX_VALUE,
      Float.MIN_NORMAL,
      -Float.MIN_NORMAL,
      TINY_F32,
      -TINY_F32
    };
  }

  /** Second operands to pair with every special point. */
  static double[] specialSecondPoints(BinaryKernel kernel) {
    return switch (kernel) {
      // An output of tanh or sigmoid is at most 1.
      case TANH_GRADIENT, SIGMOID_GRADIENT -> new double[] {Double.NaN, 0.0, -0.0, 1, 0.5};
      default -> specialPoints();
    };
  }
}
