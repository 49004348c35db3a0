package org.tapeloop.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class WarmUpTest {

  /** How many calls there are if call number k takes so many seconds. */
  private static int calls(double longest, IntToDoubleFunction seconds) {
    AtomicLong clock = new AtomicLong(17);
    AtomicInteger calls = new AtomicInteger();
    WarmUp.untilSteady(
        longest,
        () -> clock.addAndGet((long) (1e9 * seconds.applyAsDouble(calls.getAndIncrement()))),
        clock::get);
    return calls.get();
  }

  @Test
  void callsThatAreEquallyFastAreEnoughAfterThreeSeconds() {
    assertEquals(8, calls(100, call -> 0.5));
  }

  @Test
  void aGainWithinThreeSecondsExtendsTheWarmUp() {
    assertEquals(14, calls(100, call -> call < 5 ? 0.5 : 0.4));
    assertEquals(8, calls(100, call -> call < 5 ? 0.5 : 0.495));
  }

  @Test
  void slowFirstCallsAreNotTakenForASteadyState() {
    assertEquals(23, calls(100, call -> call < 3 ? 4 : 0.16));
  }

  @Test
  void itEndsWhereNothingBecomesSteady() {
    assertEquals(8, calls(10, call -> 1.5 * Math.pow(0.95, call)));
  }
}
