package org.tapeloop.backend.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.tapeloop.autograd.spi.ReduceKernel;

/**
 * The loops of the reductions: the same three for each {@link ReduceKernel}, over whole vectors.
 *
 * <p>A run of neighbours is folded into one vector with four accumulators, enough to hide the
 * latency of an addition; lanes stay apart. Bound by memory.
 */
enum FloatFolds {
  SUM(0, FloatLoops::sum) {
    @Override
    float join(float a, float b) {
      return a + b;
    }

    @Override
    void run(float[] x, int from, int n, float[] out, int to) {
      FloatVector a = FloatVector.broadcast(SPECIES, identity);
      FloatVector b = a;
      FloatVector c = a;
      FloatVector d = a;
      int i = 0;
      for (; i <= n - 4 * LANES; i += 4 * LANES) {
        a = a.add(FloatVector.fromArray(SPECIES, x, from + i));
        b = b.add(FloatVector.fromArray(SPECIES, x, from + i + LANES));
        c = c.add(FloatVector.fromArray(SPECIES, x, from + i + 2 * LANES));
        d = d.add(FloatVector.fromArray(SPECIES, x, from + i + 3 * LANES));
      }
      for (; i < n; i += LANES) {
        a = a.add(FloatVector.fromArray(SPECIES, x, from + i));
      }
      a.add(b).add(c.add(d)).intoArray(out, to);
    }

    @Override
    void join(float[] x, int from, int n, float[] out, int to) {
      for (int i = 0; i < n; i += LANES) {
        FloatVector.fromArray(SPECIES, out, to + i)
            .add(FloatVector.fromArray(SPECIES, x, from + i))
            .intoArray(out, to + i);
      }
    }

    @Override
    void joinFour(float[] x, int from, int stride, int n, float[] out, int to) {
      for (int i = 0; i < n; i += LANES) {
        FloatVector.fromArray(SPECIES, out, to + i)
            .add(FloatVector.fromArray(SPECIES, x, from + i))
            .add(FloatVector.fromArray(SPECIES, x, from + stride + i))
            .add(FloatVector.fromArray(SPECIES, x, from + 2 * stride + i))
            .add(FloatVector.fromArray(SPECIES, x, from + 3 * stride + i))
            .intoArray(out, to + i);
      }
    }
  },

  PRODUCT(1, FloatLoops::product) {
    @Override
    float join(float a, float b) {
      return a * b;
    }

    @Override
    void run(float[] x, int from, int n, float[] out, int to) {
      FloatVector a = FloatVector.broadcast(SPECIES, identity);
      FloatVector b = a;
      FloatVector c = a;
      FloatVector d = a;
      int i = 0;
      for (; i <= n - 4 * LANES; i += 4 * LANES) {
        a = a.mul(FloatVector.fromArray(SPECIES, x, from + i));
        b = b.mul(FloatVector.fromArray(SPECIES, x, from + i + LANES));
        c = c.mul(FloatVector.fromArray(SPECIES, x, from + i + 2 * LANES));
        d = d.mul(FloatVector.fromArray(SPECIES, x, from + i + 3 * LANES));
      }
      for (; i < n; i += LANES) {
        a = a.mul(FloatVector.fromArray(SPECIES, x, from + i));
      }
      a.mul(b).mul(c.mul(d)).intoArray(out, to);
    }

    @Override
    void join(float[] x, int from, int n, float[] out, int to) {
      for (int i = 0; i < n; i += LANES) {
        FloatVector.fromArray(SPECIES, out, to + i)
            .mul(FloatVector.fromArray(SPECIES, x, from + i))
            .intoArray(out, to + i);
      }
    }

    @Override
    void joinFour(float[] x, int from, int stride, int n, float[] out, int to) {
      for (int i = 0; i < n; i += LANES) {
        FloatVector.fromArray(SPECIES, out, to + i)
            .mul(FloatVector.fromArray(SPECIES, x, from + i))
            .mul(FloatVector.fromArray(SPECIES, x, from + stride + i))
            .mul(FloatVector.fromArray(SPECIES, x, from + 2 * stride + i))
            .mul(FloatVector.fromArray(SPECIES, x, from + 3 * stride + i))
            .intoArray(out, to + i);
      }
    }
  },

  MAX(Float.NEGATIVE_INFINITY, FloatLoops::largest) {
    @Override
    float join(float a, float b) {
      return Math.max(a, b);
    }

    @Override
    void run(float[] x, int from, int n, float[] out, int to) {
      FloatVector a = FloatVector.broadcast(SPECIES, identity);
      FloatVector b = a;
      FloatVector c = a;
      FloatVector d = a;
      int i = 0;
      for (; i <= n - 4 * LANES; i += 4 * LANES) {
        a = a.max(FloatVector.fromArray(SPECIES, x, from + i));
        b = b.max(FloatVector.fromArray(SPECIES, x, from + i + LANES));
        c = c.max(FloatVector.fromArray(SPECIES, x, from + i + 2 * LANES));
        d = d.max(FloatVector.fromArray(SPECIES, x, from + i + 3 * LANES));
      }
      for (; i < n; i += LANES) {
        a = a.max(FloatVector.fromArray(SPECIES, x, from + i));
      }
      a.max(b).max(c.max(d)).intoArray(out, to);
    }

    @Override
    void join(float[] x, int from, int n, float[] out, int to) {
      for (int i = 0; i < n; i += LANES) {
        FloatVector.fromArray(SPECIES, out, to + i)
            .max(FloatVector.fromArray(SPECIES, x, from + i))
            .intoArray(out, to + i);
      }
    }

    @Override
    void joinFour(float[] x, int from, int stride, int n, float[] out, int to) {
      for (int i = 0; i < n; i += LANES) {
        FloatVector.fromArray(SPECIES, out, to + i)
            .max(FloatVector.fromArray(SPECIES, x, from + i))
            .max(FloatVector.fromArray(SPECIES, x, from + stride + i))
            .max(FloatVector.fromArray(SPECIES, x, from + 2 * stride + i))
            .max(FloatVector.fromArray(SPECIES, x, from + 3 * stride + i))
            .intoArray(out, to + i);
      }
    }
  },

  MIN(Float.POSITIVE_INFINITY, FloatLoops::smallest) {
    @Override
    float join(float a, float b) {
      return Math.min(a, b);
    }

    @Override
    void run(float[] x, int from, int n, float[] out, int to) {
      FloatVector a = FloatVector.broadcast(SPECIES, identity);
      FloatVector b = a;
      FloatVector c = a;
      FloatVector d = a;
      int i = 0;
      for (; i <= n - 4 * LANES; i += 4 * LANES) {
        a = a.min(FloatVector.fromArray(SPECIES, x, from + i));
        b = b.min(FloatVector.fromArray(SPECIES, x, from + i + LANES));
        c = c.min(FloatVector.fromArray(SPECIES, x, from + i + 2 * LANES));
        d = d.min(FloatVector.fromArray(SPECIES, x, from + i + 3 * LANES));
      }
      for (; i < n; i += LANES) {
        a = a.min(FloatVector.fromArray(SPECIES, x, from + i));
      }
      a.min(b).min(c.min(d)).intoArray(out, to);
    }

    @Override
    void join(float[] x, int from, int n, float[] out, int to) {
      for (int i = 0; i < n; i += LANES) {
        FloatVector.fromArray(SPECIES, out, to + i)
            .min(FloatVector.fromArray(SPECIES, x, from + i))
            .intoArray(out, to + i);
      }
    }

    @Override
    void joinFour(float[] x, int from, int stride, int n, float[] out, int to) {
      for (int i = 0; i < n; i += LANES) {
        FloatVector.fromArray(SPECIES, out, to + i)
            .min(FloatVector.fromArray(SPECIES, x, from + i))
            .min(FloatVector.fromArray(SPECIES, x, from + stride + i))
            .min(FloatVector.fromArray(SPECIES, x, from + 2 * stride + i))
            .min(FloatVector.fromArray(SPECIES, x, from + 3 * stride + i))
            .intoArray(out, to + i);
      }
    }
  };

  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOAT;
  private static final int LANES = SPECIES.length();

  /** The result of nothing. */
  final float identity;

  /** Folds rows of at least one vector to one element each, with the bits of the other loops. */
  final FloatLoop rows;

  FloatFolds(float identity, FloatLoop.Fold rows) {
    this.identity = identity;
    this.rows = FloatLoop.fold(rows);
  }

  static FloatFolds of(ReduceKernel kernel) {
    return switch (kernel) {
      case SUM -> SUM;
      case PRODUCT -> PRODUCT;
      case MAX -> MAX;
      case MIN -> MIN;
    };
  }

  /** Two partial results. */
  abstract float join(float a, float b);

  /** Folds n neighbours, a multiple of the lanes, into one vector at {@code out[to..]}. */
  abstract void run(float[] x, int from, int n, float[] out, int to);

  /** Joins n elements, a multiple of the lanes, to as many at {@code out[to..]}. */
  abstract void join(float[] x, int from, int n, float[] out, int to);

  /** Joins four rows of n elements. */
  abstract void joinFour(float[] x, int from, int stride, int n, float[] out, int to);

  /** Joins the lanes of one vector, by halves. Overwrites them. */
  float lanes(float[] vector, int at) {
    for (int half = LANES / 2; half >= 1; half /= 2) {
      for (int i = 0; i < half; i++) {
        vector[at + i] = join(vector[at + i], vector[at + half + i]);
      }
    }
    return vector[at];
  }
}
