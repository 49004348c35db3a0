package org.tapeloop.nn;

import java.util.ArrayList;
import java.util.List;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * Draws the initial value of a parameter.
 *
 * <p>For a weight [O, I], fanIn is I and fanOut is O; further axes multiply both, as in PyTorch.
 */
@FunctionalInterface
public interface Initializer {

  /** An F32 tensor of the shape; a random one takes the generator's next stream. */
  Tensor create(Shape shape, Generator generator);

  /** Gives a parameter a new value, of its own shape and element type. */
  default void initialise(Parameter parameter, Generator generator) {
    Tensor drawn = create(parameter.shape(), generator);
    parameter.set(drawn.to(parameter.value().dtype()));
  }

  /**
   * Draws each of the blocks of rows that a gated cell stacks in one weight by itself.
   *
   * @param blocks how many: 4 for an LSTM, 3 for a GRU
   */
  default Initializer perBlock(int blocks) {
    Sizes.requirePositive("perBlock", "blocks", blocks);
    return (shape, generator) -> {
      int[] extents = shape.extents();
      if (extents.length == 0 || extents[0] % blocks != 0) {
        throw new IllegalArgumentException(
            "perBlock: the first axis of %s does not divide into %d blocks"
                .formatted(shape, blocks));
      }
      extents[0] /= blocks;
      List<Tensor> drawn = new ArrayList<>();
      for (int k = 0; k < blocks; k++) {
        drawn.add(create(Shape.of(extents), generator));
      }
      return Tensor.cat(drawn, 0);
    };
  }

  // ---- distributions ----

  /** Uniform in [-bound, bound). */
  static Initializer uniform(double bound) {
    return (shape, generator) -> Tensor.uniform(generator.next(), DType.F32, shape, -bound, bound);
  }

  /** Normal with mean 0. */
  static Initializer normal(double standardDeviation) {
    return (shape, generator) ->
        Tensor.normal(generator.next(), DType.F32, shape, 0, standardDeviation);
  }

  /** The same value everywhere. */
  static Initializer constant(double value) {
    return (shape, generator) -> Tensor.full(DType.F32, shape, value);
  }

  /** Zeros. */
  static Initializer zeros() {
    return constant(0);
  }

  /** Ones. */
  static Initializer ones() {
    return constant(1);
  }

  // ---- scaled to the size of the weight ----

  /**
   * Uniform with standard deviation {@code gain * sqrt(2 / (fanIn + fanOut))}, so with bound {@code
   * gain * sqrt(6 / (fanIn + fanOut))}: values and gradients keep their scale through tanh-like
   * layers. Source: Glorot and Bengio 2010.
   */
  static Initializer xavierUniform(double gain) {
    return (shape, generator) ->
        uniform(gain * Math.sqrt(6 / Fans.of("xavierUniform", shape).sum()))
            .create(shape, generator);
  }

  /** As {@link #xavierUniform} with gain 1. */
  static Initializer xavierUniform() {
    return xavierUniform(1);
  }

  /**
   * Normal with standard deviation {@code gain * sqrt(2 / (fanIn + fanOut))}. Source: Glorot and
   * Bengio 2010.
   */
  static Initializer xavierNormal(double gain) {
    return (shape, generator) ->
        normal(gain * Math.sqrt(2 / Fans.of("xavierNormal", shape).sum())).create(shape, generator);
  }

  /** As {@link #xavierNormal} with gain 1. */
  static Initializer xavierNormal() {
    return xavierNormal(1);
  }

  /**
   * Uniform with standard deviation {@code sqrt(2 / fanIn)}, so with bound {@code sqrt(6 / fanIn)}:
   * values keep their scale through relu layers. Source: He et al. 2015.
   */
  static Initializer kaimingUniform() {
    return (shape, generator) ->
        uniform(Math.sqrt(6 / Fans.of("kaimingUniform", shape).in())).create(shape, generator);
  }

  /** Normal with standard deviation {@code sqrt(2 / fanIn)}. Source: He et al. 2015. */
  static Initializer kaimingNormal() {
    return (shape, generator) ->
        normal(Math.sqrt(2 / Fans.of("kaimingNormal", shape).in())).create(shape, generator);
  }

  /**
   * A random matrix with orthonormal rows, or columns if there are more rows than columns, times
   * the gain; axes after the first count as one. Source: Saxe, McClelland and Ganguli 2014.
   */
  static Initializer orthogonal(double gain) {
    return (shape, generator) -> Tensor.orthogonal(generator.next(), DType.F32, shape, gain);
  }

  /** As {@link #orthogonal} with gain 1. */
  static Initializer orthogonal() {
    return orthogonal(1);
  }
}
