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

  /**
   * Uniform in [-1/sqrt(n), 1/sqrt(n)), as PyTorch draws linear and recurrent layers.
   *
   * @param n how many numbers are added up behind what is drawn: the inputs of a linear layer, the
   *     units of a recurrent one
   */
  static Initializer inverseRoot(int n) {
    return uniform(1 / Math.sqrt(n));
  }

  /** Uniform in [low, high). */
  static Initializer uniform(double low, double high) {
    return (shape, generator) -> Tensor.uniform(generator.next(), DType.F32, shape, low, high);
  }

  /** Normal with mean 0. */
  static Initializer normal(double standardDeviation) {
    return (shape, generator) ->
        Tensor.normal(generator.next(), DType.F32, shape, 0, standardDeviation);
  }

  /** Normal. */
  static Initializer normal(double mean, double standardDeviation) {
    return (shape, generator) ->
        Tensor.normal(generator.next(), DType.F32, shape, mean, standardDeviation);
  }

  /**
   * Normal, drawn again until it lies in [low, high].
   *
   * @param standardDeviation of the whole distribution, above 0; what is left has a smaller one
   * @throws IllegalArgumentException unless low is below high
   */
  static Initializer truncatedNormal(
      double mean, double standardDeviation, double low, double high) {
    if (!(low < high) || !(standardDeviation > 0)) {
      throw new IllegalArgumentException(
          "truncatedNormal: low %s must be below high %s, and the standard deviation %s above 0"
              .formatted(low, high, standardDeviation));
    }
    return (shape, generator) -> {
      double[] z =
          Draws.truncatedNormal(
              generator.next(),
              shape.size(),
              (low - mean) / standardDeviation,
              (high - mean) / standardDeviation);
      float[] values = new float[z.length];
      for (int i = 0; i < z.length; i++) {
        values[i] = (float) Math.clamp(mean + standardDeviation * z[i], low, high);
      }
      return Tensor.of(shape, values);
    };
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

  /** Which connections a weight is scaled by. */
  enum Fan {
    /** The inputs of an output: values keep their scale. */
    IN,
    /** The outputs of an input: gradients keep their scale. */
    OUT
  }

  /**
   * Uniform with standard deviation {@code gain / sqrt(fan)}, so with bound {@code gain * sqrt(3 /
   * fan)}. Source: He et al. 2015.
   *
   * @param gain of the nonlinearity that follows, see {@link Gain}
   */
  static Initializer kaimingUniform(Fan fan, double gain) {
    return (shape, generator) ->
        uniform(gain * Math.sqrt(3 / Fans.of("kaimingUniform", shape).of(fan)))
            .create(shape, generator);
  }

  /** As {@link #kaimingUniform(Fan, double)} for relu layers, by inputs: gain sqrt(2). */
  static Initializer kaimingUniform() {
    return kaimingUniform(Fan.IN, Gain.RELU);
  }

  /** Normal with standard deviation {@code gain / sqrt(fan)}. Source: He et al. 2015. */
  static Initializer kaimingNormal(Fan fan, double gain) {
    return (shape, generator) ->
        normal(gain / Math.sqrt(Fans.of("kaimingNormal", shape).of(fan))).create(shape, generator);
  }

  /** As {@link #kaimingNormal(Fan, double)} for relu layers, by inputs: gain sqrt(2). */
  static Initializer kaimingNormal() {
    return kaimingNormal(Fan.IN, Gain.RELU);
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

  /**
   * Normal with mean 0, and in each column the same number of zeros at random places: {@code
   * ceil(sparsity * rows)}. Source: Martens 2010.
   *
   * @param sparsity the part of a column that is 0, in [0, 1]
   */
  static Initializer sparse(double sparsity, double standardDeviation) {
    if (!(sparsity >= 0 && sparsity <= 1)) {
      throw new IllegalArgumentException(
          "sparse: the sparsity must lie in [0, 1], not " + sparsity);
    }
    return (shape, generator) -> {
      requireMatrix("sparse", shape);
      float[] values = normal(standardDeviation).create(shape, generator).toFloatArray();
      int rows = shape.extent(0);
      boolean[] zero =
          Draws.zeros(generator.next(), rows, shape.extent(1), (int) Math.ceil(sparsity * rows));
      for (int i = 0; i < values.length; i++) {
        values[i] = zero[i] ? 0 : values[i];
      }
      return Tensor.of(shape, values);
    };
  }

  // ---- that pass their input on ----

  /** 1 on the diagonal of a matrix, else 0. */
  static Initializer eye() {
    return identity(1);
  }

  /**
   * A number on the diagonal of a matrix, else 0: with relu, a recurrence that remembers. Source:
   * Le, Jaitly and Hinton 2015, arXiv 1504.00941 (IRNN).
   */
  static Initializer identity(double scale) {
    return (shape, generator) -> {
      requireMatrix("identity", shape);
      float[] values = new float[shape.size()];
      for (int i = 0; i < Math.min(shape.extent(0), shape.extent(1)); i++) {
        values[i * shape.extent(1) + i] = (float) scale;
      }
      return Tensor.of(shape, values);
    };
  }

  /**
   * A convolution that passes on as many channels as it can: 1 in the middle of the kernel from
   * each input channel of a group to the output channel of the same number, else 0.
   *
   * @param groups of output channels; weights [O, I, K, ...], O a multiple of the groups
   */
  static Initializer dirac(int groups) {
    Sizes.requirePositive("dirac", "groups", groups);
    return (shape, generator) -> {
      if (shape.rank() < 3 || shape.rank() > 5 || shape.extent(0) % groups != 0) {
        throw new IllegalArgumentException(
            "dirac: a weight [out, in, kernel, ...] of rank 3 to 5 is needed, its outputs in %d"
                    .formatted(groups)
                + " groups, not "
                + shape);
      }
      int kernel = 1;
      int middle = 0;
      for (int axis = 2; axis < shape.rank(); axis++) {
        kernel *= shape.extent(axis);
        middle = middle * shape.extent(axis) + shape.extent(axis) / 2;
      }
      int perGroup = shape.extent(0) / groups;
      float[] values = new float[shape.size()];
      for (int group = 0; group < groups; group++) {
        for (int c = 0; c < Math.min(perGroup, shape.extent(1)); c++) {
          int out = group * perGroup + c;
          values[(out * shape.extent(1) + c) * kernel + middle] = 1;
        }
      }
      return Tensor.of(shape, values);
    };
  }

  // ---- for recurrences ----

  /**
   * The bias of a gate that keeps the state, as the logarithm of a uniform time in [1, longest -
   * 1): the units forget over times spread up to the longest dependency. Cells have methods that
   * put it into their gates, such as {@link LstmCell#chronoBias}. Source: Tallec and Ollivier 2018,
   * arXiv 1804.11188.
   *
   * @param longest in steps, above 2
   */
  static Initializer chrono(double longest) {
    if (!(longest > 2 && longest < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "chrono: the longest time must be finite and above 2 steps, not " + longest);
    }
    return (shape, generator) -> uniform(1, longest - 1).create(shape, generator).log();
  }

  /**
   * A random unitary matrix, uniform over all, as [2, N, N]: real parts, then imaginary parts. A
   * recurrence with it neither grows nor decays. Source: Arjovsky, Shah and Bengio 2016, arXiv
   * 1511.06464; drawn as by Mezzadri 2007.
   */
  static Initializer unitary() {
    return (shape, generator) -> {
      if (shape.rank() != 3 || shape.extent(0) != 2 || shape.extent(1) != shape.extent(2)) {
        throw new IllegalArgumentException(
            "unitary: a weight [2, n, n] of real and imaginary parts is needed, not " + shape);
      }
      return Draws.unitary(generator.next(), shape.extent(1));
    };
  }

  private static void requireMatrix(String initializer, Shape shape) {
    if (shape.rank() != 2) {
      throw new IllegalArgumentException(
          initializer + ": a matrix is needed, not a weight " + shape);
    }
  }

  /**
   * A square matrix of normal numbers scaled so that its largest eigenvalue has this magnitude: 1
   * is the edge between fading and growing states, for echo state networks and the like.
   *
   * <p>The radius is found as {@code |A^k|^(1/k)} with k = 2^30, by squaring: to a relative 1e-6
   * and better. Source: Jaeger 2001; Gelfand's formula.
   *
   * @param radius not negative
   */
  static Initializer spectralRadius(double radius) {
    if (!(radius >= 0)) {
      throw new IllegalArgumentException("spectralRadius: " + radius + " is negative");
    }
    return (shape, generator) -> {
      if (shape.rank() != 2 || shape.extent(0) != shape.extent(1)) {
        throw new IllegalArgumentException("spectralRadius: " + shape + " is not square");
      }
      Tensor drawn = Tensor.normal(generator.next(), DType.F64, shape, 0, 1);
      return drawn.mul(radius / SpectralRadius.of(drawn)).to(DType.F32);
    };
  }
}
