package org.tapeloop.benchmarks;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * What the memory that arrays of some size live in, a cache or the main memory, gives one thread,
 * found by timing loops that do next to nothing else.
 */
final class Bandwidth {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  /** A burst passes over this much, so that a clock tick is nothing to it. */
  private static final long BURST_ELEMENTS = 1 << 23;

  private static final int BURSTS = 8;
  private static volatile float sink;

  private final float[] a;
  private final float[] b;
  private final float[] out;

  /**
   * @param elements of each array, a multiple of four vectors
   */
  Bandwidth(int elements) {
    a = new float[elements];
    b = new float[elements];
    out = new float[elements];
  }

  /** Reading one array, in GB/s. */
  double read() {
    return best(Float.BYTES, () -> sink = total());
  }

  /** Reading one array and writing another, in GB/s. */
  double copy() {
    return best(2 * Float.BYTES, this::negate);
  }

  /** Reading two arrays and writing a third, in GB/s. */
  double add() {
    return best(3 * Float.BYTES, this::sum);
  }

  private double best(int bytesAnElement, Runnable pass) {
    long passes = Math.max(1, BURST_ELEMENTS / a.length);
    double bytes = (double) bytesAnElement * a.length * passes;
    double best = 0;
    for (int burst = 0; burst < BURSTS; burst++) {
      long start = System.nanoTime();
      for (long k = 0; k < passes; k++) {
        pass.run();
      }
      best = Math.max(best, bytes / (System.nanoTime() - start));
    }
    return best;
  }

  private float total() {
    FloatVector s0 = FloatVector.zero(SPECIES);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int i = 0; i < a.length; i += 4 * LANES) {
      s0 = s0.add(FloatVector.fromArray(SPECIES, a, i));
      s1 = s1.add(FloatVector.fromArray(SPECIES, a, i + LANES));
      s2 = s2.add(FloatVector.fromArray(SPECIES, a, i + 2 * LANES));
      s3 = s3.add(FloatVector.fromArray(SPECIES, a, i + 3 * LANES));
    }
    return s0.add(s1).add(s2.add(s3)).reduceLanes(VectorOperators.ADD);
  }

  private void negate() {
    for (int i = 0; i < a.length; i += LANES) {
      FloatVector.fromArray(SPECIES, a, i).neg().intoArray(out, i);
    }
  }

  private void sum() {
    for (int i = 0; i < a.length; i += LANES) {
      FloatVector.fromArray(SPECIES, a, i)
          .add(FloatVector.fromArray(SPECIES, b, i))
          .intoArray(out, i);
    }
  }
}
