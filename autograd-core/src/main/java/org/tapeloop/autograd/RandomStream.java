package org.tapeloop.autograd;

import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.DoubleView;
import org.tapeloop.autograd.spi.FloatView;

/**
 * A sequence of random numbers in which element i is a function of seed, stream and i alone: the
 * same on every backend, for any number of threads, in whatever order elements are asked for.
 *
 * <p>Streams are immutable values. Distinct pairs of seed and stream give independent sequences; a
 * {@link Generator} hands out streams that have not been used. Taking two tensors from one stream
 * gives the same numbers twice.
 *
 * <p>The bits come from Philox4x32-10 (Salmon et al., SC 2011), keyed by the seed.
 *
 * @param seed names the experiment
 * @param stream names one use of random numbers in it
 */
public record RandomStream(long seed, long stream) {
  /** Marks the counters of the blocks that lengthen 32-bit words to 53 bits. */
  private static final long LOW_BITS = 1L << 63;

  private static final double TWO_32 = 0x1p32;

  /** Words made at a time: small enough to stay in the L1 cache. */
  private static final int CHUNK = 1024;

  /**
   * Element i of the uniform sequence, in [0, 1), a multiple of 2^-53.
   *
   * @throws IllegalArgumentException if i is negative
   */
  public double uniform(long i) {
    if (i < 0) {
      throw new IllegalArgumentException("uniform: element " + i + " is negative");
    }
    int[] words = new int[2 * Philox.WORDS];
    long block = i / Philox.WORDS;
    Philox.block(seed, stream, block, words, 0);
    Philox.block(seed, stream, block | LOW_BITS, words, Philox.WORDS);
    int at = (int) (i % Philox.WORDS);
    return fraction(words[at], words[at + Philox.WORDS]);
  }

  /**
   * Element i of the standard normal sequence: mean 0, variance 1, at most 8.58 away from 0.
   *
   * @throws IllegalArgumentException if i is negative
   */
  public double normal(long i) {
    double angle = angle(uniform(i | 1));
    double direction = (i & 1) == 0 ? StrictMath.cos(angle) : StrictMath.sin(angle);
    return radius(uniform(i & ~1L)) * direction;
  }

  /**
   * Uniform in [low, high). The F32 elements are those of F64 cut to 24 bits before they are
   * scaled.
   */
  Tensor uniform(DType dtype, Shape shape, double low, double high) {
    if (!(low < high) || Double.isInfinite(high - low)) {
      throw new IllegalArgumentException(
          "uniform: low %s must be below high %s, both finite".formatted(low, high));
    }
    double width = high - low;
    return switch (dtype) {
      case F32 -> {
        float[] out = new float[shape.size()];
        float last = below((float) high, high);
        forEachChunk(
            out.length,
            (words, from, count) -> {
              for (int i = 0; i < count; i++) {
                double u = (words[i] >>> 8) * 0x1p-24;
                out[from + i] = Math.min((float) (low + width * u), last);
              }
            });
        yield Tensor.constant(shape, dtype, new FloatView(out, shape.layout()));
      }
      case F64 -> {
        double[] out = uniforms(shape.size());
        double last = Math.nextDown(high);
        for (int i = 0; i < out.length; i++) {
          out[i] = Math.min(low + width * out[i], last);
        }
        yield Tensor.constant(shape, dtype, new DoubleView(out, shape.layout()));
      }
    };
  }

  /** The largest float below the bound. */
  private static float below(float rounded, double bound) {
    return rounded < bound ? rounded : Math.nextDown(rounded);
  }

  /** Normal with a mean and a standard deviation; F32 elements are those of F64, rounded. */
  Tensor normal(DType dtype, Shape shape, double mean, double std) {
    if (!(std >= 0) || Double.isInfinite(std) || !Double.isFinite(mean)) {
      throw new IllegalArgumentException(
          "normal: mean %s and standard deviation %s must be finite, the latter not negative"
              .formatted(mean, std));
    }
    int n = shape.size();
    double[] u = uniforms(n + (n & 1));
    ArrayView out = dtype.allocate(shape);
    for (int i = 0; i < n; i += 2) {
      double radius = radius(u[i]);
      double angle = angle(u[i + 1]);
      out.set(i, mean + std * (radius * StrictMath.cos(angle)));
      if (i + 1 < n) {
        out.set(i + 1, mean + std * (radius * StrictMath.sin(angle)));
      }
    }
    return Tensor.constant(shape, dtype, out);
  }

  /** A value with probability p, exact to 2^-32, else 0. The choice does not depend on the type. */
  Tensor bernoulli(DType dtype, Shape shape, double p, double value) {
    requireProbability("bernoulli", p);
    long threshold = Math.round(p * TWO_32);
    return switch (dtype) {
      case F32 -> {
        float[] out = new float[shape.size()];
        float hit = (float) value;
        forEachChunk(
            out.length,
            (words, from, count) -> {
              for (int i = 0; i < count; i++) {
                out[from + i] = hit * below(words[i], threshold);
              }
            });
        yield Tensor.constant(shape, dtype, new FloatView(out, shape.layout()));
      }
      case F64 -> {
        double[] out = new double[shape.size()];
        forEachChunk(
            out.length,
            (words, from, count) -> {
              for (int i = 0; i < count; i++) {
                out[from + i] = value * below(words[i], threshold);
              }
            });
        yield Tensor.constant(shape, dtype, new DoubleView(out, shape.layout()));
      }
    };
  }

  /** 1 if the word is below the threshold, else 0; a branch would be mispredicted half the time. */
  private static int below(int word, long threshold) {
    return (int) (((word & 0xFFFFFFFFL) - threshold) >>> 63);
  }

  static void requireProbability(String operation, double p) {
    if (!(p >= 0 && p <= 1)) {
      throw new IllegalArgumentException(
          operation + ": the probability must lie in [0, 1], not " + p);
    }
  }

  /** The first n elements of the uniform sequence. */
  private double[] uniforms(int n) {
    double[] out = new double[n];
    int[] low = new int[CHUNK];
    forEachChunk(
        n,
        (words, from, count) -> {
          Philox.fill(seed, stream, (from / Philox.WORDS) | LOW_BITS, low);
          for (int i = 0; i < count; i++) {
            out[from + i] = fraction(words[i], low[i]);
          }
        });
    return out;
  }

  /** Takes the words of elements {@code from} to {@code from + count - 1}. */
  @FunctionalInterface
  private interface Consumer {
    void accept(int[] words, int from, int count);
  }

  private void forEachChunk(int n, Consumer consumer) {
    int[] words = new int[CHUNK];
    for (int from = 0; from < n; from += CHUNK) {
      Philox.fill(seed, stream, from / Philox.WORDS, words);
      consumer.accept(words, from, Math.min(CHUNK, n - from));
    }
  }

  /** 53 bits as a number in [0, 1): 32 from the first word, 21 from the second. */
  private static double fraction(int high, int low) {
    return (((high & 0xFFFFFFFFL) << 21) | (low >>> 11)) * 0x1p-53;
  }

  /**
   * Two normal numbers are the coordinates of a point at this distance from the origin, at a
   * uniform angle (Box and Muller 1958). {@code StrictMath}, because {@code Math} may differ from
   * machine to machine.
   */
  static double radius(double u) {
    return Math.sqrt(-2 * StrictMath.log(1 - u));
  }

  private static double angle(double u) {
    return 2 * Math.PI * u;
  }
}
