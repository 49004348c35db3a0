package org.tapeloop.nn;

import org.tapeloop.autograd.Shape;

/**
 * How many inputs and outputs a weight connects.
 *
 * @param in inputs of one output
 * @param out outputs of one input
 */
record Fans(double in, double out) {

  /**
   * The fans of a weight [O, I, ...].
   *
   * @throws IllegalArgumentException if the rank is below 2, or the weight is empty
   */
  static Fans of(String initializer, Shape shape) {
    if (shape.rank() < 2 || shape.size() == 0) {
      throw new IllegalArgumentException(
          "%s: a weight [out, in, ...] is needed, not %s".formatted(initializer, shape));
    }
    double field = (double) shape.size() / shape.extent(0) / shape.extent(1);
    return new Fans(shape.extent(1) * field, shape.extent(0) * field);
  }

  double of(Initializer.Fan fan) {
    return switch (fan) {
      case IN -> in;
      case OUT -> out;
    };
  }

  double sum() {
    return in + out;
  }
}
