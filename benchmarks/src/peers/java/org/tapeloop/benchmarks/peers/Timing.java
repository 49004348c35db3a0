package org.tapeloop.benchmarks.peers;

import java.util.Arrays;

/** Times a step in this JVM. */
final class Timing {
  private static final int LEAST_TIMES = 5;
  private static final int MOST_TIMES = 1_000_000;

  /** Steps shorter than that, in ns, are timed several at once: reading the clock takes some 25. */
  private static final long SHORTEST = 20_000;

  private Timing() {}

  /**
   * The median of the times that a step takes, in milliseconds.
   *
   * @param warmup seconds of steps before the first that counts
   * @param measurement seconds of steps that count, five times at least
   */
  static double median(Runnable step, double warmup, double measurement) {
    long start = System.nanoTime();
    long warm = start;
    long steps = 0;
    do {
      step.run();
      steps++;
      warm = System.nanoTime();
    } while (warm - start < 1e9 * warmup);
    int together = (int) Math.ceilDiv(SHORTEST, Math.max(1, (warm - start) / steps));

    double[] times = new double[MOST_TIMES];
    int count = 0;
    long first = System.nanoTime();
    long last = first;
    while (count < LEAST_TIMES || (count < MOST_TIMES && last - first < 1e9 * measurement)) {
      long begin = System.nanoTime();
      for (int i = 0; i < together; i++) {
        step.run();
      }
      last = System.nanoTime();
      times[count++] = (last - begin) / 1e6 / together;
    }
    return Medians.of(Arrays.copyOf(times, count));
  }
}
