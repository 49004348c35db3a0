package org.tapeloop.examples.wordlm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Parameter;

final class NonMonotoneDescentTest {
  private static final long STEPS = 100;

  private final Parameter weight = new Weight().weight;
  private final NonMonotoneDescent descent =
      new NonMonotoneDescent(Map.of("weight", weight), 1, () -> 1);

  private static final class Weight extends Layer {
    final Parameter weight = parameter("weight", Tensor.scalar(0));
  }

  /** A step that takes 1 from the weight, but for its decay. */
  private void step(long step, long steps) {
    descent.approach(step, steps);
    descent.step(Map.of(weight.value(), Tensor.scalar(1)), 1, 1);
  }

  private double judged() {
    return descent.evaluating(() -> weight.value().item());
  }

  @Test
  void judgesTheLatestWeightsAtFirst() {
    for (int step = 0; step < 65; step++) {
      step(step, STEPS);
    }
    assertEquals(-65, judged(), 0.01);
  }

  @Test
  void averagesInTheLastThirdOfARunAtTheLatest() {
    for (int step = 0; step < 70; step++) {
      step(step, STEPS);
    }
    // The mean of the weights from step 65 on, before it and after it and four more.
    assertEquals(-67.5, judged(), 0.01);
    assertEquals(-70, weight.value().item(), 0.01);
  }

  @Test
  void averagesNothingWhileTheLengthOfTheRunIsUnknown() {
    for (int step = 0; step < 70; step++) {
      step(step, 0);
    }
    assertEquals(-70, judged(), 0.01);
  }

  @Test
  void averagesOnceValidationsGetNoBetter() {
    step(0, STEPS);
    for (int validation = 0; validation < 7; validation++) {
      descent.validated(validation);
    }
    step(1, STEPS);
    step(2, STEPS);
    assertEquals(-2, judged(), 0.01);
  }
}
