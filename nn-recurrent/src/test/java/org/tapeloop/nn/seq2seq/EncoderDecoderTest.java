package org.tapeloop.nn.seq2seq;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.tapeloop.autograd.CrossEntropy;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GradCheck;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.nn.Bidirectional;
import org.tapeloop.nn.Directions;
import org.tapeloop.nn.Embedding;
import org.tapeloop.nn.GruCell;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.Linear;
import org.tapeloop.nn.LstmCell;
import org.tapeloop.nn.LstmState;
import org.tapeloop.nn.Recurrent;
import org.tapeloop.nn.attention.AdditiveAttention;
import org.tapeloop.nn.attention.CoverageAttention;
import org.tapeloop.nn.attention.GeneralAttention;
import org.tapeloop.nn.data.Padded;
import org.tapeloop.nn.decoding.BeamSearch;
import org.tapeloop.nn.decoding.Constraint;
import org.tapeloop.nn.decoding.Sampler;
import org.tapeloop.nn.optim.Adam;
import org.tapeloop.nn.seq2seq.AttentionCell.Feeding;
import org.tapeloop.nn.softmax.TiedOutput;
import org.tapeloop.nn.wrap.StackedCell;

class EncoderDecoderTest {
  static final int START = 0;
  private static final int END = 1;
  private static final int WORDS = 5;
  static final Lengths READ = Lengths.of(4, 2);
  static final Lengths WRITTEN = Lengths.of(3, 4);
  private static final IntTensor SENTENCES =
      IntTensor.of(Shape.of(4, 2), START, START, 3, 2, END, 4, -9, END);

  static Tensor normal(long seed, int... extents) {
    return Tensor.normal(new RandomStream(seed, 0), DType.F64, Shape.of(extents), 0, 1);
  }

  /** A bidirectional LSTM of 3 inputs, and a GRU of 2 units with additive attention. */
  static EncoderDecoder<Directions<LstmState>, Tensor> model() {
    Generator g = new Generator(5);
    var encoder = new Bidirectional<>(new LstmCell(3, 2, g), new LstmCell(3, 2, g));
    GruCell inner = new GruCell(3 + 2, 2, g);
    var cell =
        new AttentionCell<>(inner, 2, new AdditiveAttention(2, 4, 3, g), 4, Feeding.INPUT, g);
    var model =
        new EncoderDecoder<>(
            encoder,
            new StateBridge<>(encoder.initialState(1), inner.initialState(1), g),
            new Embedding(WORDS, 3, g),
            cell,
            new Linear(2, WORDS, g));
    model.to(DType.F64);
    return model;
  }

  static void refused(String message, Executable body) {
    var thrown = assertThrows(IllegalArgumentException.class, body);
    assertTrue(thrown.getMessage().contains(message), thrown.getMessage());
  }

  private static void assertClose(Tensor expected, Tensor actual) {
    assertEquals(expected.shape(), actual.shape());
    double error = expected.sub(actual).abs().max().item();
    assertTrue(error <= 1e-10, "error " + error);
  }

  @Test
  void sentencesOfABatchAreReadAndWrittenAsIfAlone() {
    var model = model();
    Tensor x = normal(8, 4, 2, 3);
    Tensor spoilt = READ.mask(DType.F64, 4).where(x, x.zerosLike().add(Double.NaN));
    IntTensor inputs = IntTensor.of(Shape.of(3, 2), START, START, 3, 2, 4, 4);
    Tensor together = model.forward(model.encode(spoilt, READ), inputs, Lengths.of(2, 3)).output();
    for (int b = 0; b < 2; b++) {
      Tensor alone = x.narrow(1, b, 1).narrow(0, 0, READ.get(b));
      IntTensor own = inputs.narrow(1, b, 1).narrow(0, 0, 2 + b);
      assertClose(
          model.forward(model.encode(alone, null), own, null).output(),
          together.narrow(1, b, 1).narrow(0, 0, 2 + b));
    }
  }

  @Test
  void theLossIsTheMeanOverWordsAndEndTokens() {
    var model = model();
    Encoded<Tensor> encoded = model.encode(normal(8, 4, 2, 3), READ);
    double loss = model.loss(encoded, legal(), WRITTEN, CrossEntropy.MEAN).item();
    double sum = 0;
    for (int b = 0; b < 2; b++) {
      var writer = model.writer(encoded.one(b));
      var state = writer.start();
      for (int t = 0; t + 1 < WRITTEN.get(b); t++) {
        var scored = writer.next(legal().select(0, t).narrow(0, b, 1), state);
        sum -= scored.scores().get(0, legal().select(0, t + 1).flat(b));
        state = scored.state();
      }
    }
    assertEquals(sum / 5, loss, 1e-10);
  }

  /** The sentences with something to embed in their padding. */
  static IntTensor legal() {
    int[] tokens = SENTENCES.toArray();
    tokens[6] = 4;
    return IntTensor.of(SENTENCES.shape(), tokens);
  }

  @Test
  void derivativesAreRightForEveryParameter() {
    var model = model();
    Tensor x = normal(9, 4, 2, 3);
    List<String> names = List.copyOf(model.parameters().keySet());
    List<Tensor> at = new ArrayList<>(List.of(x));
    model.parameters().values().forEach(parameter -> at.add(parameter.value()));
    GradCheck.DEFAULTS
        .withTolerance(1e-5)
        .verify(
            in -> {
              Map<String, Tensor> values = new HashMap<>();
              for (int k = 0; k < names.size(); k++) {
                values.put(names.get(k), in[k + 1]);
              }
              return model.withValues(
                  values,
                  () -> model.loss(model.encode(in[0], READ), legal(), WRITTEN, CrossEntropy.MEAN));
            },
            at.toArray(Tensor[]::new));
    Map<Tensor, Tensor> gradients =
        model
            .loss(model.encode(x, READ), legal(), WRITTEN, CrossEntropy.MEAN)
            .gradients(model.values());
    model
        .parameters()
        .forEach((name, p) -> assertTrue(gradients.get(p.value()).abs().max().item() > 0, name));
  }

  @Test
  void partsAreNamedAfterWhatTheyDo() {
    Set<String> names = model().parameters().keySet();
    for (String name :
        List.of(
            "encoder.weight_ih_reverse",
            "bridge.0.weight",
            "embedding.weight",
            "decoder.weight_hh",
            "decoder.attention.weight_score",
            "decoder.combine.weight_combine",
            "output.bias")) {
      assertTrue(names.contains(name), name + " is not in " + names);
    }
  }

  @Test
  void stacksTiedOutputsAndOtherBridgesFitTogether() {
    Generator g = new Generator(11);
    var encoder = Recurrent.forward(new GruCell(3, 4, g));
    var inner = new StackedCell<>(List.of(new GruCell(3 + 4, 4, g), new GruCell(4, 4, g)));
    var cell = new AttentionCell<>(inner, 4, new GeneralAttention(4, 4, g), 4, Feeding.INPUT, g);
    Embedding words = new Embedding(WORDS, 3, g);
    var model =
        new EncoderDecoder<>(
            encoder, Bridge.none(inner), words, cell, TiedOutput.projected(words, 4, g));
    model.to(DType.F64);
    Encoded<List<Tensor>> encoded = model.encode(normal(12, 4, 2, 3), READ);
    double loss = model.loss(encoded, legal(), WRITTEN, CrossEntropy.MEAN).item();
    assertTrue(loss > 0 && loss < 10, "loss " + loss);
    Bridge<Tensor, Tensor> same = Bridge.same();
    Tensor state = normal(13, 2, 4);
    assertEquals(state, same.from(state));
  }

  @Test
  void whereTheDecoderLooksIsWhatCoverageAddsUp() {
    Generator g = new Generator(11);
    GruCell inner = new GruCell(3, 2, g);
    var cell = new AttentionCell<>(inner, 2, new CoverageAttention(2, 3, 3, g), 3, Feeding.NONE, g);
    var model =
        new EncoderDecoder<>(
            Recurrent.forward(new GruCell(3, 3, g)),
            Bridge.none(inner),
            new Embedding(WORDS, 3, g),
            cell,
            new Linear(2, WORDS, g));
    model.to(DType.F64);
    Encoded<Tensor> encoded = model.encode(normal(8, 4, 2, 3), READ);
    IntTensor inputs = IntTensor.of(Shape.of(3, 2), START, START, 3, 2, 4, 4);
    Tensor weights = model.attention(encoded, inputs);
    assertEquals(Shape.of(3, 2, 4), weights.shape());
    Tensor coverage = model.forward(encoded, inputs, null).state().attention().getFirst();
    assertClose(coverage, weights.sum(0));
    for (int t = 0; t < 3; t++) {
      assertEquals(1, weights.select(0, t).select(0, 1).narrow(0, 0, 2).sum().item(), 1e-12);
    }
    refused("2 encoded sequences want tokens", () -> model.attention(encoded, IntTensor.of(1)));
  }

  // ---- decoding ----

  @Test
  void aWideBeamFindsTheLikeliestOfAllSentences() {
    var model = model();
    Encoded<Tensor> one = model.encode(normal(14, 4, 2, 3).mul(3), READ).one(1);
    var writer = model.writer(one);
    var best = new BeamSearch(200, 3, START, END).best(3).run(writer, writer.start());
    double likeliest = Double.NEGATIVE_INFINITY;
    int[] found = {};
    for (int code = 0; code < WORDS * WORDS * WORDS; code++) {
      int[] all = {code % WORDS, code / WORDS % WORDS, code / WORDS / WORDS};
      int length = all[0] == END ? 1 : all[1] == END ? 2 : 3;
      int[] sentence = Arrays.copyOf(all, length);
      int[] read = new int[length];
      System.arraycopy(sentence, 0, read, 1, length - 1);
      Tensor logits = model.forward(one, IntTensor.of(Shape.of(length, 1), read), null).output();
      double score = 0;
      for (int t = 0; t < length; t++) {
        score += logits.select(0, t).logSoftmax(1).get(0, sentence[t]);
      }
      if (score > likeliest) {
        likeliest = score;
        found = sentence;
      }
    }
    assertArrayEquals(found, best.getFirst().tokens().toArray());
    assertEquals(likeliest, best.getFirst().score(), 1e-10);
  }

  @Test
  void itLearnsToReverseAndWritesWhatItLearned() {
    Generator g = new Generator(15);
    int symbols = 8;
    int size = 24;
    Embedding words = new Embedding(symbols, size, g);
    var encoder = new Bidirectional<>(new GruCell(size, size, g), new GruCell(size, size, g));
    GruCell inner = new GruCell(2 * size, size, g);
    var cell =
        new AttentionCell<>(
            inner, size, new GeneralAttention(size, 2 * size, g), 2 * size, Feeding.INPUT, g);
    var model =
        new EncoderDecoder<>(
            encoder,
            new StateBridge<>(encoder.initialState(1), inner.initialState(1), g),
            words,
            cell,
            TiedOutput.of(words));
    Adam adam = new Adam(model.parameters(), 0.01);
    Random random = new Random(1);
    double loss = 0;
    for (int step = 0; step < 150; step++) {
      List<int[]> sources = new ArrayList<>();
      List<int[]> targets = new ArrayList<>();
      for (int b = 0; b < 16; b++) {
        int[] source = random.ints(2 + random.nextInt(4), 2, symbols).toArray();
        sources.add(source);
        targets.add(reversed(source));
      }
      Padded<IntTensor> source = Padded.ofTokens(sources, END);
      Padded<IntTensor> target = Padded.ofTokens(targets, END);
      Encoded<Tensor> encoded = model.encode(words.forward(source.values()), source.lengths());
      Tensor now = model.loss(encoded, target.values(), target.lengths(), CrossEntropy.MEAN);
      adam.step(now.gradients(model.values()));
      loss = now.item();
    }
    assertTrue(loss < 0.1, "loss " + loss);
    int[] source = {5, 2, 7, 3};
    Encoded<Tensor> encoded = model.encode(words.forward(IntTensor.of(source).reshape(4, 1)), null);
    var writer = model.writer(encoded);
    int[] wanted = {3, 7, 2, 5, END};
    assertArrayEquals(
        wanted,
        Sampler.PLAIN
            .temperature(0)
            .sequence(
                writer, writer.start(), START, END, 10, Constraint.NONE, new RandomStream(1, 1))
            .toArray());
    assertArrayEquals(
        wanted,
        new BeamSearch(4, 10, START, END)
            .run(writer, writer.start())
            .getFirst()
            .tokens()
            .toArray());
  }

  private static int[] reversed(int[] source) {
    int[] out = new int[source.length + 2];
    for (int i = 0; i < source.length; i++) {
      out[i + 1] = source[source.length - 1 - i];
    }
    out[0] = START;
    out[source.length + 1] = END;
    return out;
  }

  // ---- what is refused ----

  @Test
  void whatDoesNotFitIsNamed() {
    var model = model();
    Encoded<Tensor> encoded = model.encode(normal(19, 4, 2, 3), READ);
    refused(
        "2 encoded sequences want tokens [time, 2], not [3, 1]",
        () -> model.forward(encoded, IntTensor.of(Shape.of(3, 1), 0, 1, 2), null));
    refused(
        "with a start and an end, not [1, 2]",
        () -> model.loss(encoded, IntTensor.of(Shape.of(1, 2), 0, 0), null, CrossEntropy.MEAN));
    refused(
        "sequence 1 has one token, not a start and an end",
        () -> EncoderDecoder.stepsOf(Lengths.of(3, 1)));
    assertEquals(
        "encoded: sequence 2 is not in 0..1",
        assertThrows(IndexOutOfBoundsException.class, () -> encoded.one(2)).getMessage());
    refused(
        "share of true tokens at step 7 is 1.5",
        () ->
            new ScheduledSampling(step -> 1.5)
                .inputs(model, encoded, legal(), 7, new RandomStream(1, 1)));
    StateBridge<Tensor, Tensor> bridge =
        new StateBridge<>(normal(1, 1, 3), normal(1, 1, 2), new Generator(1));
    refused(
        "the encoder's state has 4 numbers a sequence, not 3",
        () -> bridge.from(normal(1, 2, 4).to(DType.F32)));
    assertEquals(
        2, TensorTree.flatten(bridge.from(normal(1, 2, 3).to(DType.F32))).getFirst().extent(1));
  }
}
