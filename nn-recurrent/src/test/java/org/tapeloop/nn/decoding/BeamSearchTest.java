package org.tapeloop.nn.decoding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.GruCell;
import org.tapeloop.nn.Linear;
import org.tapeloop.nn.decoding.BeamSearch.Hypothesis;

class BeamSearchTest {
  private static final int VOCABULARY = 3;
  private static final int END = 2;
  private static final int LENGTH = 4;

  /** A small network with random weights: what it carries matters to what it says. */
  private static TokenModel<Tensor> model(int seed) {
    GruCell cell = new GruCell(VOCABULARY, 4, new Generator(seed));
    Linear head = new Linear(4, VOCABULARY, new Generator(seed + 100));
    cell.to(DType.F64);
    head.to(DType.F64);
    return (tokens, state) -> {
      Tensor x = Tensor.eye(DType.F64, VOCABULARY).embedding(tokens);
      var step = cell.step(x, state);
      return new TokenModel.Scored<>(
          head.forward(step.output()).mul(6).logSoftmax(1), step.state());
    };
  }

  private static Tensor start() {
    return Tensor.zeros(DType.F64, Shape.of(1, 4));
  }

  /** Every sequence, scored by reading it alone. */
  private static List<Hypothesis> everySequence(
      TokenModel<Tensor> model, LengthPenalty penalty, Constraint constraint) {
    List<Hypothesis> all = new ArrayList<>();
    collect(model, start(), 0, new int[0], 0, penalty, constraint, all);
    all.sort(
        Comparator.<Hypothesis>comparingDouble(h -> -h.rank())
            .thenComparing(h -> h.tokens().toArray(), Arrays::compare));
    return all;
  }

  private static void collect(
      TokenModel<Tensor> model,
      Tensor state,
      int last,
      int[] written,
      double score,
      LengthPenalty penalty,
      Constraint constraint,
      List<Hypothesis> all) {
    if (written.length == LENGTH || (written.length > 0 && last == END)) {
      all.add(new Hypothesis(IntTensor.of(written), score, score / penalty.of(written.length)));
      return;
    }
    var scored = model.next(IntTensor.of(last), state);
    for (int token = 0; token < VOCABULARY; token++) {
      if (constraint.allows(written, token)) {
        collect(
            model,
            scored.state(),
            token,
            Constraint.followed(written, token),
            score + scored.scores().get(0, token),
            penalty,
            constraint,
            all);
      }
    }
  }

  private static BeamSearch search(int width) {
    return new BeamSearch(width, LENGTH, 0, END);
  }

  private static void assertSame(List<Hypothesis> expected, List<Hypothesis> found) {
    assertEquals(
        expected.stream().map(Hypothesis::tokens).toList(),
        found.stream().map(Hypothesis::tokens).toList());
    for (int i = 0; i < expected.size(); i++) {
      assertEquals(expected.get(i).score(), found.get(i).score(), 1e-12);
      assertEquals(expected.get(i).rank(), found.get(i).rank(), 1e-12);
    }
  }

  @Test
  void aBeamWideEnoughFindsEverySequenceInOrder() {
    for (int seed = 0; seed < 5; seed++) {
      for (LengthPenalty penalty :
          List.of(LengthPenalty.NONE, LengthPenalty.power(0.7), LengthPenalty.gnmt(1))) {
        assertSame(
            everySequence(model(seed), penalty, Constraint.NONE),
            search(81).lengthPenalty(penalty).best(99).run(model(seed), start()));
      }
    }
  }

  @Test
  void constraintsLeaveWhatEnumerationUnderThemFinds() {
    Constraint prefix = Constraint.prefix(1, 0);
    Constraint listed =
        Constraint.oneOf(List.of(new int[] {0, 1, 2}, new int[] {0, 2}, new int[] {1, 1, 1, 1}));
    for (Constraint constraint : List.of(prefix, listed)) {
      var expected = everySequence(model(3), LengthPenalty.NONE, constraint);
      assertSame(expected, search(81).best(99).constraint(constraint).run(model(3), start()));
    }
    assertEquals(3, search(81).constraint(listed).run(model(3), start()).size());
    assertEquals(List.of(), search(3).constraint((w, t) -> false).run(model(3), start()));
  }

  @Test
  void withoutAnEndTokenASequenceEndsWhereNothingMayFollow() {
    Constraint listed = Constraint.oneOf(List.of(new int[] {0, 1}, new int[] {2}));
    BeamSearch search = new BeamSearch(5, LENGTH, 0, -1).constraint(listed);
    List<int[]> found =
        search.run(model(3), start()).stream().map(h -> h.tokens().toArray()).toList();
    assertEquals(2, found.size());
    for (int[] sequence : found) {
      assertArrayEquals(sequence.length == 1 ? new int[] {2} : new int[] {0, 1}, sequence);
    }
  }

  @Test
  void aNarrowBeamNeverFindsABetterSequenceThanThereIs() {
    for (int seed = 0; seed < 10; seed++) {
      double best =
          everySequence(model(seed), LengthPenalty.NONE, Constraint.NONE).getFirst().score();
      double before = Double.NEGATIVE_INFINITY;
      for (int width : new int[] {1, 81}) {
        Hypothesis found = search(width).run(model(seed), start()).getFirst();
        assertTrue(found.score() <= best + 1e-12 && found.score() >= before - 1e-12);
        before = found.score();
      }
      assertEquals(best, before, 1e-12);
    }
  }

  @Test
  void aBeamOfOneIsGreedy() {
    for (int seed = 0; seed < 5; seed++) {
      IntTensor greedy =
          Sampler.GREEDY.sequence(
              model(seed), start(), 0, END, LENGTH, Constraint.NONE, new RandomStream(0, 0));
      assertEquals(greedy, search(1).run(model(seed), start()).getFirst().tokens());
    }
  }

  @Test
  void ofEqualSequencesTheSmallerComesFirst() {
    Tensor scores = Tensor.of(0.5f, 0.5f, 0f).log();
    TokenModel<Tensor> flat =
        (tokens, state) ->
            new TokenModel.Scored<>(scores.expand(Shape.of(tokens.size(), VOCABULARY)), state);
    var found = new BeamSearch(4, 2, 0, END).run(flat, Tensor.zeros(1, 1));
    assertArrayEquals(new int[] {0, 0}, found.getFirst().tokens().toArray());
    assertArrayEquals(new int[] {0, 1}, found.get(1).tokens().toArray());
  }

  @Test
  void penaltiesAreTheirFormulas() {
    assertEquals(1, LengthPenalty.NONE.of(7));
    assertEquals(Math.pow(7, 0.6), LengthPenalty.power(0.6).of(7));
    assertEquals(1, LengthPenalty.power(0.6).of(0));
    assertEquals(Math.sqrt(2), LengthPenalty.gnmt(0.5).of(7), 1e-15);
  }

  @Test
  void argumentsThatDoNotFitAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> search(0));
    assertThrows(IllegalArgumentException.class, () -> search(1).best(0));
    assertThrows(IllegalArgumentException.class, () -> new BeamSearch(1, -1, 0, 1));
    TokenModel<Tensor> wrong = (t, s) -> new TokenModel.Scored<>(Tensor.zeros(3), s);
    var e =
        assertThrows(IllegalArgumentException.class, () -> search(1).run(wrong, Tensor.zeros(1)));
    assertEquals("decoding: 1 tokens want scores [1, vocabulary], not [3]", e.getMessage());
    TokenModel<Tensor> nan =
        (t, s) -> new TokenModel.Scored<>(Tensor.full(DType.F32, Shape.of(1, 3), Double.NaN), s);
    assertThrows(ArithmeticException.class, () -> search(1).run(nan, Tensor.zeros(1)));
  }

  private static String refusal(BeamSearch search, Tensor scores) {
    TokenModel<Tensor> model = (t, s) -> new TokenModel.Scored<>(scores, s);
    return assertThrows(IllegalArgumentException.class, () -> search.run(model, Tensor.zeros(1, 1)))
        .getMessage();
  }

  @Test
  void scoresThatAreNoLogProbabilitiesAreRefused() {
    assertEquals(
        "beam: scores must be log-probabilities, logSoftmax of a model's output say; these sum to a"
            + " probability of 2.50",
        refusal(search(2), Tensor.of(0f, 0f, (float) Math.log(0.5)).reshape(1, 3)));
    // Less than 1 is what is left where a model forbids tokens.
    Tensor some = Tensor.of(0.25f, 0f, 0.5f).log().reshape(1, 3);
    TokenModel<Tensor> forbids = (t, s) -> new TokenModel.Scored<>(some, s);
    assertEquals(
        Math.log(0.5),
        new BeamSearch(1, 1, 0, 2).run(forbids, Tensor.zeros(1, 1)).getFirst().score(),
        1e-7);
  }

  @Test
  void anEndBeyondTheVocabularyIsRefused() {
    Tensor scores = Tensor.zeros(1, 3).logSoftmax(1);
    assertEquals(
        "beam: the end token 3 is beyond the vocabulary of 3",
        refusal(new BeamSearch(2, 4, 0, 3), scores));
    TokenModel<Tensor> endless = (t, s) -> new TokenModel.Scored<>(scores, s);
    var found = new BeamSearch(1, 4, 0, -1).run(endless, Tensor.zeros(1, 1));
    assertEquals(4, found.getFirst().tokens().size());
  }
}
