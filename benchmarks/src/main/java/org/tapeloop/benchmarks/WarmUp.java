package org.tapeloop.benchmarks;

import java.util.function.LongSupplier;

/** Calls before the first that is timed. */
final class WarmUp {
  /** Less than this counts as no gain: a machine's speed varies by as much. */
  private static final double GAIN = 0.03;

  private static final double PATIENCE = 3;

  /** In an interpreter that compiles nothing yet, a call may take longer than the patience. */
  private static final int FEWEST = 5;

  private WarmUp() {}

  /**
   * Calls something until for some seconds no call has gained on the fastest before. A step of few
   * kernels gets there in five seconds, one with many kinds of row programs takes ten or more.
   *
   * @param longest in seconds
   */
  static void untilSteady(double longest, Runnable call) {
    untilSteady(longest, call, System::nanoTime);
  }

  static void untilSteady(double longest, Runnable call, LongSupplier clock) {
    long start = clock.getAsLong();
    double now = 0;
    double gained = 0;
    double best = Double.POSITIVE_INFINITY;
    for (int calls = 0; now < longest; calls++) {
      if (calls >= FEWEST && now - gained > PATIENCE) {
        return;
      }
      call.run();
      double end = (clock.getAsLong() - start) / 1e9;
      if (end - now < (1 - GAIN) * best) {
        best = end - now;
        gained = end;
      }
      now = end;
    }
  }
}
