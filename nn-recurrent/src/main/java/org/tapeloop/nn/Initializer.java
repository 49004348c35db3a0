package org.tapeloop.nn;

import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/** Draws the initial value of a parameter. */
@FunctionalInterface
public interface Initializer {

  /** An F32 tensor of the shape; takes the generator's next stream. */
  Tensor create(Shape shape, Generator generator);

  /** Uniform in [-bound, bound). */
  static Initializer uniform(double bound) {
    return (shape, generator) -> Tensor.uniform(generator.next(), DType.F32, shape, -bound, bound);
  }

  /** Normal with mean 0. */
  static Initializer normal(double standardDeviation) {
    return (shape, generator) ->
        Tensor.normal(generator.next(), DType.F32, shape, 0, standardDeviation);
  }
}
