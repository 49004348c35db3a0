package org.tapeloop.examples.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class PaceTest {
  private final Pace pace = new Pace();

  private void step(double loss, long units, double seconds) {
    pace.add(new Learner.Progress(loss, units, 1), seconds);
  }

  @Test
  void firstStepCountsOnlyUntilThereIsAnother() {
    step(9, 100, 20);
    assertFalse(pace.isKnown());
    assertEquals(20, pace.secondsPerStep());
    assertEquals(5, pace.rowUnitsPerSecond());
    step(7, 100, 0.5);
    assertTrue(pace.isKnown());
    assertEquals(0.5, pace.secondsPerStep());
    assertEquals(200, pace.unitsPerSecond());
    assertEquals(200, pace.rowUnitsPerSecond());
  }

  @Test
  void fewStepsAreAveragedAlikeAndManyForgotten() {
    step(9, 100, 20);
    step(6, 100, 1);
    step(3, 200, 3);
    assertEquals(6, pace.loss(), 1e-12);
    assertEquals(2, pace.secondsPerStep(), 1e-12);
    assertEquals(75, pace.unitsPerSecond(), 1e-12);
    for (int i = 0; i < 1000; i++) {
      step(1, 50, 0.1);
    }
    assertEquals(1, pace.loss(), 1e-9);
    assertEquals(500, pace.unitsPerSecond(), 1e-6);
  }

  @Test
  void rowHasTheSpeedOfItsOwnSteps() {
    step(1, 10, 1);
    step(1, 10, 1);
    pace.startRow();
    step(1, 30, 1);
    step(1, 50, 1);
    assertEquals(40, pace.rowUnitsPerSecond());
  }
}
