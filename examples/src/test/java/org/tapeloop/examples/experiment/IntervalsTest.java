package org.tapeloop.examples.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class IntervalsTest {

  @Test
  void validationIsATenthOfTheRunApart() {
    assertEquals(800, Plan.forSteps(8000, 0).validateEvery());
    assertEquals(1, Plan.forSteps(3, 0).validateEvery());
  }

  /** Reading 300 steps' data takes as long as 100 steps: after that, 400 are trained. */
  @Test
  void validationThatTakesLongIsRare() {
    assertEquals(400, Plan.forSteps(30, 300).validateEvery());
    assertEquals(400, Plan.forSteps(4000, 300).validateEvery());
    assertEquals(500, Plan.forSteps(5000, 300).validateEvery());
  }

  @Test
  void planOfARunWhoseLengthIsFoundKeepsWhatWasAskedFor() {
    Plan guessed = Plan.forSteps(100_000, 300).withIntervals(null, 0L, 25L).withPatience(3);
    Plan known = guessed.rescaled(6000, 300);
    assertEquals(new Plan(100_000, 30, 600, 0, 25, 3), known);
  }
}
