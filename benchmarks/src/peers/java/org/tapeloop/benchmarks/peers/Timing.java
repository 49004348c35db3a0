package org.tapeloop.benchmarks.peers;

import java.util.Arrays;

/** Times a step in this JVM. */
final class Timing {
  private static final int LEAST_CALLS = 5;
  private static final int MOST_CALLS = 1_000_000;

  private Timing() {}

  /**
   * The median of the calls, in milliseconds.
   *
   * @param warmup seconds of calls before the first that counts
   * @param measurement seconds of calls that count, five at least
   */
  static double median(Runnable step, double warmup, double measurement) {
    long start = System.nanoTime();
    do {
      step.run();
    } while (System.nanoTime() - start < 1e9 * warmup);

    double[] calls = new double[MOST_CALLS];
    int count = 0;
    long first = System.nanoTime();
    long last = first;
    while (count < LEAST_CALLS || (count < MOST_CALLS && last - first < 1e9 * measurement)) {
      long begin = System.nanoTime();
      step.run();
      last = System.nanoTime();
      calls[count++] = (last - begin) / 1e6;
    }
    return Medians.of(Arrays.copyOf(calls, count));
  }
}
