package org.tapeloop.backend.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class WarmUpTest {
  private static final long SLOW_NANOS = Duration.ofMillis(1).toNanos();

  private int calls;
  private int callsThatWork;

  /** A kernel that is quick from a call on. */
  private void call(int steps, int quickFrom) {
    calls++;
    assertEquals(WarmUp.STEPS, Math.abs(steps));
    if (steps > 0) {
      callsThatWork++;
      long end = System.nanoTime() + SLOW_NANOS;
      while (calls < quickFrom && System.nanoTime() < end) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void callsUntilTheKernelIsQuickAndMostCallsOnlyCount() {
    WarmUp.run(List.of(steps -> call(steps, 800)));
    assertTrue(calls >= 800 && calls < 1300, calls + " calls");
    assertTrue(callsThatWork < calls / 4, callsThatWork + " of " + calls);
  }

  @Test
  void givesUpOnAKernelThatStaysSlow() {
    long start = System.nanoTime();
    WarmUp.run(List.of(steps -> call(steps, Integer.MAX_VALUE)));
    assertTrue(System.nanoTime() - start < Duration.ofSeconds(5).toNanos());
  }

  @Test
  void severalKernelsAreCalledUntilTheLastIsQuick() {
    int[] counts = new int[2];
    WarmUp.Kernel quick = steps -> counts[0]++;
    WarmUp.run(
        List.of(
            quick,
            steps -> {
              counts[1]++;
              call(steps, 1500);
            }));
    assertTrue(counts[1] >= 1500, counts[1] + " calls of the slow one");
    assertTrue(counts[0] < 1000, counts[0] + " calls of the quick one");
  }
}
