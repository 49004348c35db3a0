package org.tapeloop.autograd.tck;

import java.util.Random;

/** Draws the elements of an operand. */
@FunctionalInterface
interface Values {
  /** Standard normal: both signs, mostly below 3. */
  Values NORMAL = (random, index) -> random.nextGaussian();

  /** Element number {@code index} in row-major order. */
  double draw(Random random, int index);

  /** Evenly distributed. */
  static Values between(double low, double high) {
    return (random, index) -> low + (high - low) * random.nextDouble();
  }

  /** Everywhere the same. */
  static Values constant(double value) {
    return (random, index) -> value;
  }

  /** The given ones in turn. */
  static Values cycling(double... values) {
    return (random, index) -> values[index % values.length];
  }

  /** Like this, but with one element replaced. */
  default Values with(int position, double value) {
    return (random, index) -> {
      double drawn = draw(random, index);
      return index == position ? value : drawn;
    };
  }
}
