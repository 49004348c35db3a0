package org.tapeloop.nn.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GradCheck;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.loss.LinearChainCrf.Tagging;

class LinearChainCrfTest {
  private static final int TAGS = 3;
  private final LinearChainCrf crf = new LinearChainCrf(TAGS, new Generator(1));
  private final Tensor emissions = normal(0, Shape.of(4, 2, TAGS));
  private final Lengths lengths = Lengths.of(4, 2);

  LinearChainCrfTest() {
    crf.to(DType.F64);
    crf.load(
        Map.of(
            "start_transitions", normal(1, Shape.of(TAGS)),
            "end_transitions", normal(2, Shape.of(TAGS)),
            "transitions", normal(3, Shape.of(TAGS, TAGS))));
  }

  private static Tensor normal(long stream, Shape shape) {
    return Tensor.normal(new RandomStream(2, stream), DType.F64, shape, 0, 1);
  }

  /** The emissions with NaN in place of a step and those after it. */
  private Tensor spoiledFrom(int step) {
    Tensor rest = Tensor.full(DType.F64, Shape.of(4 - step, 2, TAGS), Double.NaN);
    return Tensor.cat(List.of(emissions.narrow(0, 0, step), rest), 0);
  }

  /** Every tagging of a sequence with its score, from the definition. */
  private List<Tagging> everyTagging(int b, int time) {
    List<Tagging> all = new ArrayList<>();
    for (int number = 0; number < Math.pow(TAGS, time); number++) {
      List<Integer> tags = new ArrayList<>();
      for (int t = 0, rest = number; t < time; t++, rest /= TAGS) {
        tags.add(rest % TAGS);
      }
      var p = crf.parameters();
      double score =
          p.get("start_transitions").value().get(tags.getFirst())
              + p.get("end_transitions").value().get(tags.getLast());
      for (int t = 0; t < time; t++) {
        score += emissions.get(t, b, tags.get(t));
        score += t == 0 ? 0 : p.get("transitions").value().get(tags.get(t - 1), tags.get(t));
      }
      all.add(new Tagging(tags, score));
    }
    return all;
  }

  @Test
  void partitionScoresAndBestTaggingsEqualEnumeration() {
    double[] partition = crf.logPartition(emissions, lengths).toDoubleArray();
    List<Tagging> best = crf.viterbi(emissions, lengths);
    for (int b = 0; b < 2; b++) {
      int time = lengths.get(b);
      double sum = 0;
      Tagging highest = null;
      for (Tagging each : everyTagging(b, time)) {
        int[] tags = new int[8];
        for (int t = 0; t < time; t++) {
          tags[2 * t + b] = each.tags().get(t);
        }
        Tensor score = crf.score(emissions, IntTensor.of(Shape.of(4, 2), tags), lengths);
        assertEquals(each.score(), score.get(b), 1e-13);
        sum += Math.exp(each.score());
        highest = highest == null || each.score() > highest.score() ? each : highest;
      }
      assertEquals(Math.log(sum), partition[b], 1e-13);
      assertEquals(highest.tags(), best.get(b).tags());
      assertEquals(highest.score(), best.get(b).score(), 1e-13);
    }
  }

  @Test
  void withoutLengthsAllStepsCount() {
    Tensor whole = crf.logPartition(emissions, null);
    Tensor first = crf.logPartition(emissions.narrow(1, 0, 1), Lengths.of(4));
    assertEquals(first.item(), whole.get(0), 1e-14);
    assertEquals(4, crf.viterbi(emissions, null).get(1).tags().size());
  }

  @Test
  void paddingHoldsAnythingAndGetsNoGradient() {
    Tensor spoiled = spoiledFrom(2).leaf();
    IntTensor tags = IntTensor.of(Shape.of(4, 2), 0, 1, 2, 0, -9, 77, 5, 5);
    Tensor loss = crf.negativeLogLikelihood(spoiled, tags, Lengths.of(2, 2)).sum();
    assertTrue(Double.isFinite(loss.item()));
    Tensor gradient = loss.gradients(spoiled).get(spoiled);
    assertEquals(0, gradient.narrow(0, 2, 2).abs().max().item());
  }

  @Test
  void aForbiddenTransitionCountsForNothingInPadding() {
    double never = Double.NEGATIVE_INFINITY;
    // From the last tag to the first, which stands for whatever is in padding.
    Tensor transitions = Tensor.ofDoubles(Shape.of(TAGS, TAGS), 1, 2, 0, 0, 1, 3, never, 1, 2);
    Parameter parameter = crf.parameters().get("transitions");
    parameter.set(transitions);
    IntTensor tags = IntTensor.of(Shape.of(4, 2), 0, 1, 1, 2, 2, 2, 1, 2);
    Tensor padded = crf.negativeLogLikelihood(emissions, tags, lengths);
    Tensor second = emissions.narrow(0, 0, 2).narrow(1, 1, 1);
    Tensor alone = crf.negativeLogLikelihood(second, IntTensor.of(Shape.of(2, 1), 1, 2), null);
    assertEquals(alone.item(), padded.get(1), 1e-14);
    Tensor gradient = padded.sum().gradients(parameter.value()).get(parameter.value());
    assertTrue(Double.isFinite(gradient.sum().item()), gradient::toString);
  }

  @Test
  void bothDerivativesEqualDifferencesForEmissionsAndParameters() {
    IntTensor tags = IntTensor.of(Shape.of(4, 2), 0, 1, 2, 2, 1, 0, 0, 0);
    GradCheck.check(
        in ->
            crf.withValues(
                Map.of("start_transitions", in[1], "end_transitions", in[2], "transitions", in[3]),
                () -> crf.negativeLogLikelihood(in[0], tags, lengths)),
        emissions,
        normal(1, Shape.of(TAGS)),
        normal(2, Shape.of(TAGS)),
        normal(3, Shape.of(TAGS, TAGS)));
  }

  @Test
  void oneTagAndOneStepAreEnough() {
    LinearChainCrf one = new LinearChainCrf(1, new Generator(1));
    Tensor x = Tensor.ones(1, 1, 1);
    Tensor loss = one.negativeLogLikelihood(x, IntTensor.of(Shape.of(1, 1), 0), null);
    assertEquals(0, loss.item(), 1e-6);
  }

  @Test
  void argumentsThatDoNotFitAreRefused() {
    refused(
        "crf: emissions must be [time, batch, 3] with a step at least, not [4, 2]",
        () -> crf.logPartition(emissions.select(2, 0), null));
    refused(
        "crf: emissions [4, 2, 3] want tags [4, 2], not [2, 4]",
        () -> crf.score(emissions, IntTensor.of(Shape.of(2, 4), new int[8]), null));
    refused(
        "crf: tag 3 at step 1 of sequence 0 is not in 0..2",
        () -> crf.score(emissions, IntTensor.of(Shape.of(4, 2), 0, 0, 3, 0, 0, 0, 0, 0), null));
    refused(
        "lengths: sequence 0 has length 5 but x has 4 steps",
        () -> crf.viterbi(emissions, Lengths.of(5, 1)));
    refused(
        "LinearChainCrf: tags must be at least 1, not 0",
        () -> new LinearChainCrf(0, new Generator(1)));
  }

  @Test
  void aSequenceWithNaNHasNoBestTagging() {
    Tensor spoiled = spoiledFrom(3);
    assertEquals(3, crf.viterbi(spoiled, Lengths.of(3, 2)).getFirst().tags().size());
    refused(
        "crf: the emission of tag 0 at step 3 of sequence 0 is NaN; has training diverged?",
        () -> crf.viterbi(spoiled, lengths));
  }

  private static void refused(String message, Runnable call) {
    assertEquals(message, assertThrows(RuntimeException.class, call::run).getMessage());
  }
}
