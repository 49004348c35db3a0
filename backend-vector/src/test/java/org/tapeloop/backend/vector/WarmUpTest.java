package org.tapeloop.backend.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
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
    WarmUp.run(steps -> call(steps, 800));
    assertTrue(calls >= 800 && calls < 1300, calls + " calls");
    assertTrue(callsThatWork < calls / 4, callsThatWork + " of " + calls);
  }

  @Test
  void givesUpOnAKernelThatStaysSlow() {
    long start = System.nanoTime();
    WarmUp.run(steps -> call(steps, Integer.MAX_VALUE));
    assertTrue(System.nanoTime() - start < Duration.ofSeconds(5).toNanos());
  }
}
