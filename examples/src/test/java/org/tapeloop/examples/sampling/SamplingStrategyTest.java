package org.tapeloop.examples.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.RandomStream;

final class SamplingStrategyTest {
  private static final int DRAWS = 20_000;

  /** Scores of the probabilities 0.1, 0.4, 0.2, 0.3. */
  private static final float[] SCORES = scores(0.1, 0.4, 0.2, 0.3);

  private final RandomStream random = new RandomStream(7, 0);

  private static float[] scores(double... probabilities) {
    float[] scores = new float[probabilities.length];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = (float) Math.log(probabilities[i]) + 5;
    }
    return scores;
  }

  private double[] frequencies(SamplingStrategy strategy) {
    double[] counts = new double[SCORES.length];
    for (int i = 0; i < DRAWS; i++) {
      counts[strategy.draw(SCORES, random.uniform(i))] += 1.0 / DRAWS;
    }
    return counts;
  }

  private void assertFrequencies(SamplingStrategy strategy, double... expected) {
    double[] actual = frequencies(strategy);
    for (int i = 0; i < expected.length; i++) {
      // Four standard deviations of a frequency of a half.
      double error = Math.abs(actual[i] - expected[i]);
      assertTrue(error <= 2 / Math.sqrt(DRAWS), strategy + ", symbol " + i + ": " + actual[i]);
    }
  }

  @Test
  void temperatureOneDrawsFromTheModelsOwnDistribution() {
    assertFrequencies(new SamplingStrategy(1, 0, 1), 0.1, 0.4, 0.2, 0.3);
  }

  @Test
  void temperatureSharpensTheDistribution() {
    // Squares of the probabilities over their sum.
    assertFrequencies(new SamplingStrategy(0.5, 0, 1), 0.01 / 0.3, 0.16 / 0.3, 0.04 / 0.3, 0.3);
  }

  @Test
  void temperatureZeroTakesTheLikeliestAlways() {
    var greedy = new SamplingStrategy(0, 0, 1);
    assertEquals(1, greedy.draw(SCORES, 0));
    assertEquals(1, greedy.draw(SCORES, 0.999_999));
  }

  @Test
  void topKKeepsTheKLikeliest() {
    assertFrequencies(new SamplingStrategy(1, 2, 1), 0, 0.4 / 0.7, 0, 0.3 / 0.7);
  }

  @Test
  void topPKeepsTheFewestThatTogetherReachIt() {
    assertFrequencies(new SamplingStrategy(1, 0, 0.65), 0, 0.4 / 0.7, 0, 0.3 / 0.7);
    assertFrequencies(new SamplingStrategy(1, 0, 0.75), 0, 0.4 / 0.9, 0.2 / 0.9, 0.3 / 0.9);
  }

  @Test
  void topPSmallerThanTheLikeliestKeepsItAlone() {
    assertFrequencies(new SamplingStrategy(1, 0, 0.01), 0, 1, 0, 0);
  }

  @Test
  void topPIsTakenOfWhatTopKLeft() {
    // Of the two left the first has 4/7, which is enough for a half.
    assertFrequencies(new SamplingStrategy(1, 2, 0.5), 0, 1, 0, 0);
  }

  @Test
  void uniformNumbersAtBothEndsDrawSymbolsThatAreKept() {
    var strategy = new SamplingStrategy(1, 2, 1);
    var drawn = new TreeSet<Integer>();
    drawn.add(strategy.draw(SCORES, 0));
    drawn.add(strategy.draw(SCORES, Math.nextDown(1.0)));
    assertEquals("[1, 3]", drawn.toString());
  }

  @Test
  void scoresThatAreNoNumbersAreRefused() {
    var strategy = new SamplingStrategy(1, 0, 1);
    assertThrows(ArithmeticException.class, () -> strategy.draw(new float[] {0, Float.NaN}, 0.5));
    assertThrows(
        ArithmeticException.class,
        () -> strategy.draw(new float[] {Float.POSITIVE_INFINITY, 0}, 0.5));
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new SamplingStrategy(-1, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> new SamplingStrategy(Double.NaN, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> new SamplingStrategy(1, -1, 1));
    assertThrows(IllegalArgumentException.class, () -> new SamplingStrategy(1, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new SamplingStrategy(1, 0, 1.01));
    assertThrows(IllegalArgumentException.class, () -> new SamplingStrategy(1, 0, Double.NaN));
  }
}
