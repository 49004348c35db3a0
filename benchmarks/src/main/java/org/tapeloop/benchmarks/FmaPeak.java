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

  private static float chains(int steps) {
    FloatVector x = FloatVector.broadcast(SPECIES, 0.5f);
    FloatVector y = FloatVector.broadcast(SPECIES, 1.5f);
    FloatVector s0 = x;
    FloatVector s1 = x;
    FloatVector s2 = x;
    FloatVector s3 = x;
    FloatVector s4 = x;
    FloatVector s5 = x;
    FloatVector s6 = x;
    FloatVector s7 = x;
    FloatVector s8 = x;
    FloatVector s9 = x;
    FloatVector s10 = x;
    FloatVector s11 = x;
    FloatVector s12 = x;
    FloatVector s13 = x;
    FloatVector s14 = x;
    FloatVector s15 = x;
    for (int step = 0; step < steps; step++) {
      s0 = s0.fma(x, y);
      s1 = s1.fma(x, y);
      s2 = s2.fma(x, y);
      s3 = s3.fma(x, y);
      s4 = s4.fma(x, y);
      s5 = s5.fma(x, y);
      s6 = s6.fma(x, y);
      s7 = s7.fma(x, y);
      s8 = s8.fma(x, y);
      s9 = s9.fma(x, y);
      s10 = s10.fma(x, y);
      s11 = s11.fma(x, y);
      s12 = s12.fma(x, y);
      s13 = s13.fma(x, y);
      s14 = s14.fma(x, y);
      s15 = s15.fma(x, y);
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
