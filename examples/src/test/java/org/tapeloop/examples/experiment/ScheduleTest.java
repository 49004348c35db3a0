package org.tapeloop.examples.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class ScheduleTest {
  private static final long STEPS = 1000;
  private final Schedule schedule = Schedule.warmedCosine(0.5, 100);

  @Test
  void rateRisesThenStaysThenFallsToAHundredth() {
    assertEquals(0.005, schedule.rate(0, STEPS), 1e-15);
    assertEquals(0.25, schedule.rate(49, STEPS), 1e-15);
    assertEquals(0.5, schedule.rate(99, STEPS), 1e-15);
    assertEquals(0.5, schedule.rate(200, STEPS), 1e-15);
    assertEquals((0.5 + 0.005) / 2, schedule.rate(600, STEPS), 1e-12);
    assertEquals(0.005, schedule.rate(STEPS, STEPS), 1e-15);
  }

  @Test
  void rateNeverRisesAfterTheWarmUp() {
    for (long step = 100; step < STEPS; step++) {
      assertTrue(schedule.rate(step, STEPS) <= schedule.rate(step - 1, STEPS), "step " + step);
    }
  }

  @Test
  void unknownLengthGivesTheSameRatesUntilAFifthOfIt() {
    for (long step = 0; step <= STEPS * Schedule.KNOWN_AFTER; step++) {
      assertEquals(schedule.rate(step, STEPS), schedule.rate(step, 0), "step " + step);
    }
  }
}
