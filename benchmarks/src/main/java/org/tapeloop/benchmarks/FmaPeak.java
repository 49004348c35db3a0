package org.tapeloop.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The most float operations a second that fused multiply-adds reach here, found by timing some that
 * wait for neither memory nor each other.
 */
public final class FmaPeak {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  /** More than latency times throughput of any current core: 4 cycles, 2 a cycle, twice over. */
  private static final int CHAINS = 16;

  private static final int STEPS = 200_000;
  private static final int BURSTS = 12;
  private static final double FLOPS = 2.0 * CHAINS * SPECIES.length() * STEPS;

  /** Where the sums end. */
  @SuppressWarnings("UnusedVariable") // written only so that what it holds is not dead code
  private static volatile float sink;

  private FmaPeak() {}

  /** In GFLOP/s, all threads together; the best of several bursts of some milliseconds. */
  public static double measure(int threads) {
    if (threads == 1) {
      return best();
    }
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Callable<Double>> tasks = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        tasks.add(FmaPeak::best);
      }
      double sum = 0;
      for (Future<Double> peak : pool.invokeAll(tasks)) {
        sum += peak.get();
      }
      return sum;
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException("the peak could not be measured", e);
    }
  }

  private static double best() {
    double best = 0;
    for (int burst = 0; burst < BURSTS; burst++) {
      long start = System.nanoTime();
      sink = chains(STEPS);
      best = Math.max(best, FLOPS / (System.nanoTime() - start));
    }
    return best;
  }

  /**
   * Each sum is the addend of its multiply-add, which is where the instruction leaves its result: a
   * sum that is a factor needs a copy of the addend each time, and what that costs is up to the
   * compilation. The sums begin apart, so that none can be taken for another.
   */
  private static float chains(int steps) {
    FloatVector x = FloatVector.broadcast(SPECIES, 0.5f);
    FloatVector y = FloatVector.broadcast(SPECIES, 1.5f);
    FloatVector s0 = FloatVector.broadcast(SPECIES, 0f);
    FloatVector s1 = FloatVector.broadcast(SPECIES, 1f);
    FloatVector s2 = FloatVector.broadcast(SPECIES, 2f);
    FloatVector s3 = FloatVector.broadcast(SPECIES, 3f);
    FloatVector s4 = FloatVector.broadcast(SPECIES, 4f);
    FloatVector s5 = FloatVector.broadcast(SPECIES, 5f);
    FloatVector s6 = FloatVector.broadcast(SPECIES, 6f);
    FloatVector s7 = FloatVector.broadcast(SPECIES, 7f);
    FloatVector s8 = FloatVector.broadcast(SPECIES, 8f);
    FloatVector s9 = FloatVector.broadcast(SPECIES, 9f);
    FloatVector s10 = FloatVector.broadcast(SPECIES, 10f);
    FloatVector s11 = FloatVector.broadcast(SPECIES, 11f);
    FloatVector s12 = FloatVector.broadcast(SPECIES, 12f);
    FloatVector s13 = FloatVector.broadcast(SPECIES, 13f);
    FloatVector s14 = FloatVector.broadcast(SPECIES, 14f);
    FloatVector s15 = FloatVector.broadcast(SPECIES, 15f);
    for (int step = 0; step < steps; step++) {
      s0 = x.fma(y, s0);
      s1 = x.fma(y, s1);
      s2 = x.fma(y, s2);
      s3 = x.fma(y, s3);
      s4 = x.fma(y, s4);
      s5 = x.fma(y, s5);
      s6 = x.fma(y, s6);
      s7 = x.fma(y, s7);
      s8 = x.fma(y, s8);
      s9 = x.fma(y, s9);
      s10 = x.fma(y, s10);
      s11 = x.fma(y, s11);
      s12 = x.fma(y, s12);
      s13 = x.fma(y, s13);
      s14 = x.fma(y, s14);
      s15 = x.fma(y, s15);
    }
    return s0.add(s1)
        .add(s2)
        .add(s3)
        .add(s4)
        .add(s5)
        .add(s6)
        .add(s7)
        .add(s8)
        .add(s9)
        .add(s10)
        .add(s11)
        .add(s12)
        .add(s13)
        .add(s14)
        .add(s15)
        .reduceLanes(VectorOperators.ADD);
  }
}
