package org.tapeloop.nn.decoding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

class SamplerTest {
  private static final int DRAWS = 20_000;

  /** Scores of the probabilities 0.1, 0.4, 0.2, 0.3. */
  private static final Tensor SCORES = scores(0.1, 0.4, 0.2, 0.3);

  private final RandomStream random = new RandomStream(7, 0);

  private static Tensor scores(double... probabilities) {
    float[] scores = new float[probabilities.length];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = (float) Math.log(probabilities[i]) + 5;
    }
    return Tensor.of(scores);
  }

  /** Both the probabilities stated and the frequencies drawn are these. */
  private void assertDistribution(Sampler sampler, double... expected) {
    TokenDistribution distribution = sampler.distribution(SCORES);
    double[] frequencies = new double[expected.length];
    for (int i = 0; i < DRAWS; i++) {
      frequencies[distribution.draw(random.uniform(i))] += 1.0 / DRAWS;
    }
    int kept = 0;
    for (int token = 0; token < expected.length; token++) {
      assertEquals(expected[token], distribution.probability(token), 1e-6);
      // Four standard deviations of a frequency of a half; none at all where nothing may be drawn.
      double bound = expected[token] == 0 ? 0 : 2 / Math.sqrt(DRAWS);
      double error = Math.abs(frequencies[token] - expected[token]);
      assertTrue(error <= bound, sampler + ", token " + token + ": " + frequencies[token]);
      kept += expected[token] > 0 ? 1 : 0;
    }
    assertEquals(kept, distribution.count());
  }

  @Test
  void thePlainSamplerDrawsFromTheModelsOwnDistribution() {
    assertDistribution(Sampler.PLAIN, 0.1, 0.4, 0.2, 0.3);
    assertArrayEquals(new int[] {1, 3, 2, 0}, Sampler.PLAIN.distribution(SCORES).order());
  }

  @Test
  void temperatureSharpensTheDistribution() {
    // Squares of the probabilities over their sum.
    assertDistribution(
        Sampler.PLAIN.temperature(0.5), 0.01 / 0.3, 0.16 / 0.3, 0.04 / 0.3, 0.09 / 0.3);
  }

  @Test
  void temperatureZeroTakesTheLikeliestAndOfEqualsTheFirst() {
    assertDistribution(Sampler.GREEDY, 0, 1, 0, 0);
    TokenDistribution tie = Sampler.GREEDY.distribution(Tensor.of(1, 2, 2));
    assertEquals(1, tie.draw(0.99));
    assertEquals(1, tie.best());
  }

  @Test
  void zerosOfBothSignsAreEquals() {
    Tensor scores = Tensor.of(-0f, 0f, -1f);
    assertEquals(0, Sampler.GREEDY.distribution(scores).draw(0));
    assertEquals(0, Sampler.PLAIN.topK(1).distribution(scores).draw(0.9));
    assertArrayEquals(new int[] {0, 1, 2}, Sampler.PLAIN.distribution(scores).order());
  }

  @Test
  void topKKeepsTheKLikeliest() {
    assertDistribution(Sampler.PLAIN.topK(2), 0, 0.4 / 0.7, 0, 0.3 / 0.7);
    assertDistribution(Sampler.PLAIN.topK(9), 0.1, 0.4, 0.2, 0.3);
    assertEquals(0, Sampler.PLAIN.topK(1).distribution(Tensor.of(3, 3, 3)).draw(0.9));
  }

  @Test
  void topPKeepsTheFewestThatTogetherReachIt() {
    assertDistribution(Sampler.PLAIN.topP(0.65), 0, 0.4 / 0.7, 0, 0.3 / 0.7);
    assertDistribution(Sampler.PLAIN.topP(0.75), 0, 0.4 / 0.9, 0.2 / 0.9, 0.3 / 0.9);
    assertDistribution(Sampler.PLAIN.topP(0.01), 0, 1, 0, 0);
  }

  @Test
  void topPIsTakenOfWhatTopKLeft() {
    // Of the two left the first has 4/7, which is enough for a half.
    assertDistribution(Sampler.PLAIN.topK(2).topP(0.5), 0, 1, 0, 0);
  }

  @Test
  void minPDropsWhatIsFarLessLikelyThanTheLikeliest() {
    assertDistribution(Sampler.PLAIN.minP(0.6), 0, 0.4 / 0.7, 0, 0.3 / 0.7);
    assertDistribution(Sampler.PLAIN.minP(1), 0, 1, 0, 0);
    assertDistribution(Sampler.PLAIN.topK(3).minP(0.6), 0, 0.4 / 0.7, 0, 0.3 / 0.7);
  }

  @Test
  void theRepetitionPenaltyDividesScoresAboveZeroAndMultipliesThoseBelow() {
    Sampler sampler = Sampler.PLAIN.repetitionPenalty(2);
    TokenDistribution penalised = sampler.distribution(Tensor.of(2, 2, -1, -1), 0, 2, 2);
    double total = Math.exp(1) + Math.exp(2) + Math.exp(-2) + Math.exp(-1);
    assertEquals(Math.exp(1) / total, penalised.probability(0), 1e-12);
    assertEquals(Math.exp(2) / total, penalised.probability(1), 1e-12);
    assertEquals(Math.exp(-2) / total, penalised.probability(2), 1e-12);
    assertThrows(IndexOutOfBoundsException.class, () -> sampler.distribution(SCORES, 4));
  }

  @Test
  void uniformNumbersAtBothEndsDrawTokensThatAreKept() {
    TokenDistribution two = Sampler.PLAIN.topK(2).distribution(SCORES);
    TreeSet<Integer> drawn = new TreeSet<>();
    drawn.add(two.draw(0));
    drawn.add(two.draw(Math.nextDown(1.0)));
    assertEquals("[1, 3]", drawn.toString());
    assertThrows(IllegalArgumentException.class, () -> two.draw(1));
    assertThrows(IllegalArgumentException.class, () -> two.draw(Double.NaN));
  }

  @Test
  void impossibleTokensAreNeverDrawn() {
    Tensor scores = Tensor.of(Float.NEGATIVE_INFINITY, 1, Float.NEGATIVE_INFINITY);
    assertEquals(1, Sampler.PLAIN.distribution(scores).draw(0));
    assertEquals(1, Sampler.PLAIN.temperature(0.1).distribution(scores).draw(0.9999));
    for (Sampler sampler : List.of(Sampler.PLAIN, Sampler.PLAIN.topK(2), Sampler.PLAIN.minP(0.1))) {
      assertEquals(1, sampler.distribution(scores).count(), sampler.toString());
    }
  }

  @Test
  void scoresOfADivergedModelAreRefused() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      var e =
          assertThrows(
              ArithmeticException.class, () -> Sampler.GREEDY.distribution(Tensor.of(0, bad)));
      assertEquals("the score of token 1 is " + bad + "; has training diverged?", e.getMessage());
    }
    assertThrows(
        ArithmeticException.class,
        () -> Sampler.PLAIN.distribution(Tensor.of(Float.NEGATIVE_INFINITY)));
    assertThrows(
        IllegalArgumentException.class, () -> Sampler.PLAIN.distribution(Tensor.zeros(1, 2)));
    assertThrows(IllegalArgumentException.class, () -> Sampler.PLAIN.distribution(Tensor.zeros(0)));
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    Sampler s = Sampler.PLAIN;
    assertThrows(IllegalArgumentException.class, () -> s.temperature(-1));
    assertThrows(IllegalArgumentException.class, () -> s.temperature(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> s.topK(-1));
    assertThrows(IllegalArgumentException.class, () -> s.topP(0));
    assertThrows(IllegalArgumentException.class, () -> s.topP(1.01));
    assertThrows(IllegalArgumentException.class, () -> s.topP(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> s.minP(-0.1));
    assertThrows(IllegalArgumentException.class, () -> s.repetitionPenalty(0.9));
  }

  // ---- sequences ----

  /** Counts up by one, or stays, with equal probability; its state is how many it has read. */
  private static TokenModel.Scored<Tensor> countUp(IntTensor tokens, Tensor read) {
    double never = Double.NEGATIVE_INFINITY;
    double[] scores = {never, never, never, never};
    scores[tokens.flat(0)] = 0;
    scores[Math.min(3, tokens.flat(0) + 1)] = 0;
    return new TokenModel.Scored<>(Tensor.ofDoubles(Shape.of(1, 4), scores), read.add(1));
  }

  private static int[] sequence(Sampler sampler, int end, Constraint constraint, long seed) {
    return sampler
        .sequence(
            SamplerTest::countUp, Tensor.zeros(1), 0, end, 6, constraint, new RandomStream(seed, 0))
        .toArray();
  }

  @Test
  void aSequenceIsGivenByItsSeed() {
    TreeSet<String> different = new TreeSet<>();
    for (int seed = 0; seed < 20; seed++) {
      int[] one = sequence(Sampler.PLAIN, -1, Constraint.NONE, seed);
      assertArrayEquals(one, sequence(Sampler.PLAIN, -1, Constraint.NONE, seed));
      assertEquals(6, one.length);
      for (int i = 1; i < 6; i++) {
        assertTrue(one[i] == one[i - 1] || one[i] == Math.min(3, one[i - 1] + 1));
      }
      different.add(Arrays.toString(one));
    }
    assertTrue(different.size() > 5, different::toString);
  }

  @Test
  void aSequenceStopsWithTheEndTokenAndKeepsToItsConstraint() {
    Constraint rising =
        (written, token) -> written.length == 0 || token > written[written.length - 1];
    assertArrayEquals(
        new int[] {1, 2, 3}, sequence(Sampler.PLAIN, 3, Constraint.prefix(1).and(rising), 1));
    // Nothing rises above 3.
    assertArrayEquals(
        new int[] {1, 2, 3}, sequence(Sampler.PLAIN, -1, Constraint.prefix(1).and(rising), 1));
    assertArrayEquals(
        new int[] {0, 0, 1, 1, 2, 2},
        sequence(Sampler.PLAIN, -1, Constraint.prefix(0, 0, 1, 1, 2, 2), 4));
  }

  @Test
  void anEndThatIsNoTokenIsRefused() {
    assertEquals(6, sequence(Sampler.PLAIN, -1, Constraint.NONE, 1).length);
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> sequence(Sampler.PLAIN, 4, Constraint.NONE, 1));
    assertEquals("sampler: the end token 4 is beyond the vocabulary of 4", e.getMessage());
  }

  @Test
  void theRepetitionPenaltyFallsOnWhatTheSequenceHolds() {
    TokenModel<Tensor> flat = (tokens, state) -> new TokenModel.Scored<>(Tensor.ones(1, 3), state);
    int[] written =
        Sampler.GREEDY
            .repetitionPenalty(1.5)
            .sequence(flat, Tensor.zeros(1), 0, -1, 4, Constraint.NONE, random)
            .toArray();
    assertArrayEquals(new int[] {0, 1, 2, 0}, written);
  }
}
