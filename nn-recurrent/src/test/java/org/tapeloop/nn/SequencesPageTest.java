package org.tapeloop.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tapeloop.autograd.CrossEntropy;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.nn.attention.AdditiveAttention;
import org.tapeloop.nn.attention.AttentionPooling;
import org.tapeloop.nn.checkpoint.Checkpoint;
import org.tapeloop.nn.checkpoint.TrainingRun;
import org.tapeloop.nn.data.Batches;
import org.tapeloop.nn.data.DocumentWindows;
import org.tapeloop.nn.data.Padded;
import org.tapeloop.nn.data.TokenWindows;
import org.tapeloop.nn.decoding.BeamSearch;
import org.tapeloop.nn.loss.LinearChainCrf;
import org.tapeloop.nn.mixture.BivariateMixture;
import org.tapeloop.nn.mixture.MixtureHead;
import org.tapeloop.nn.optim.Adam;
import org.tapeloop.nn.seq2seq.AttentionCell;
import org.tapeloop.nn.seq2seq.AttentionCell.Feeding;
import org.tapeloop.nn.seq2seq.Encoded;
import org.tapeloop.nn.seq2seq.EncoderDecoder;
import org.tapeloop.nn.seq2seq.ScheduledSampling;
import org.tapeloop.nn.seq2seq.StateBridge;
import org.tapeloop.nn.softmax.AdaptiveSoftmax;
import org.tapeloop.nn.softmax.SampledSoftmax;
import org.tapeloop.nn.softmax.TiedOutput;
import org.tapeloop.nn.text.Alphabet;
import org.tapeloop.nn.text.BytePairTokenizer;
import org.tapeloop.nn.text.CharacterTokenizer;
import org.tapeloop.nn.text.Tokenizer;
import org.tapeloop.nn.text.VocabularyRules;
import org.tapeloop.nn.text.WordSplitting;
import org.tapeloop.nn.text.WordTokenizer;
import org.tapeloop.nn.wrap.ResettableCell;

/** {@code docs/sequences.md} says what this code does, in its very words. */
class SequencesPageTest {
  private static final int SYMBOLS = 9;
  private static final int TAGS = 5;
  private static final int START = 0;
  private static final int END = 1;

  @TempDir private Path folder;

  private final Generator generator = new Generator(1);
  private final Embedding embedding = new Embedding(SYMBOLS, 6, generator);
  private final List<int[]> sentences =
      List.of(
          new int[] {START, 2, 3, 4, END},
          new int[] {START, 5, END},
          new int[] {START, 6, 7, 8, 2, 3, END},
          new int[] {START, 4, 4, END},
          new int[] {START, 8, END});
  private final Lengths lengths = Lengths.of(4, 2, 3);
  private final Tensor hidden =
      Tensor.normal(generator.next(), DType.F32, Shape.of(4, 3, 16), 0, 1);

  @Test
  void textBecomesTokensThatACheckpointKeeps() throws IOException {
    List<String> texts = List.of("a text of words, and words of text", "a last text");
    VocabularyRules rules = VocabularyRules.ALL.special("<s>", "</s>").unknown("<unk>");
    Tokenizer characters = CharacterTokenizer.learn(rules, texts);
    Tokenizer words = WordTokenizer.learn(WordSplitting.SPACED, rules.minCount(2), texts);
    Tokenizer pairs = BytePairTokenizer.learn(Alphabet.BYTES, rules.maxSize(300), texts);
    int[] tokens = pairs.encode("a stranger \uD83D\uDE00");
    String text = pairs.decode(tokens);
    assertEquals("a stranger \uD83D\uDE00", text);
    assertEquals("a <unk> text", words.decode(words.encode("a stranger text")));
    assertEquals("a t<unk>xt", characters.decode(characters.encode("a t?xt")));
    TrainingRun run = new TrainingRun(embedding);
    Path file = folder.resolve("run.safetensors");
    run.capture().withTokenizer("text", pairs).write(file);
    Tokenizer restored = Checkpoint.read(file).tokenizer("text");
    assertEquals(pairs.settings(), restored.settings());
  }

  @Test
  void batchesHoldSentencesOfSimilarLength() {
    Embedding model = embedding;
    Batches<int[]> batches = Batches.bucketed(sentences, s -> s.length, 4, 50, 7);
    Padded<IntTensor> batch = Padded.ofTokens(batches.next(), 0);
    TrainingRun run = new TrainingRun(model).part("batches", batches);
    assertEquals(batch.lengths().batch(), batch.values().extent(1));
    assertTrue(run.capture().parameters().containsKey("weight"));
  }

  /** A language model by its parts. */
  private static final class Model extends Layer {
    Model(Embedding embedding, Recurrent<LstmState> layer, Linear head) {
      child("embedding", embedding);
      child("layer", layer);
      child("head", head);
    }
  }

  @Test
  void oneTextIsReadInStreams() {
    Recurrent<LstmState> layer = Recurrent.forward(new LstmCell(6, 8, generator));
    Linear head = new Linear(8, SYMBOLS, generator);
    Model model = new Model(embedding, layer, head);
    Adam adam = new Adam(model.parameters(), 0.05);
    int[] tokens = IntStream.range(0, 41).map(i -> i % 3).toArray();
    TokenWindows windows = new TokenWindows(tokens, 2, 5);
    for (int pass = 0; pass < 20; pass++) {
      LstmState carried = layer.initialState(2);
      while (windows.hasNext()) {
        TokenWindows.Window window = windows.next();
        var out = layer.forward(embedding.forward(window.inputs()), TensorTree.detach(carried));
        Tensor loss = SequenceLoss.crossEntropy(out.output(), head, window.targets());
        adam.step(loss.gradients(model.values()));
        carried = out.state();
      }
      windows.rewind();
    }
    Tensor out = layer.forward(embedding.forward(windows.next().inputs())).output();
    assertEquals(IntTensor.of(2, 1), head.forward(out.select(0, 4)).argmax(1));
  }

  @Test
  void stepsAreTagged() {
    Tensor scores = Tensor.normal(generator.next(), DType.F32, Shape.of(4, 3, TAGS), 0, 1);
    IntTensor tags = IntTensor.of(Shape.of(4, 3), 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1);
    LinearChainCrf crf = new LinearChainCrf(TAGS, generator);
    Tensor loss = crf.negativeLogLikelihood(scores, tags, lengths).mean();
    List<LinearChainCrf.Tagging> best = crf.viterbi(scores, lengths);
    assertTrue(loss.item() > 0);
    assertEquals(List.of(4, 2, 3), best.stream().map(tagging -> tagging.tags().size()).toList());
  }

  @Test
  void statesAreCarriedWithinDocumentsOnly() {
    Linear head = new Linear(8, SYMBOLS, generator);
    ResettableCell<LstmState> cell = new ResettableCell<>(new LstmCell(6, 8, generator));
    Recurrent<LstmState> layer = Recurrent.forward(cell);
    DocumentWindows windows = DocumentWindows.shuffled(sentences, 2, 5, 3);
    CrossEntropy options = CrossEntropy.MEAN.ignoring(DocumentWindows.NONE);
    LstmState carried = layer.initialState(2);
    double nats = 0;
    int tokens = 0;
    while (windows.hasNext()) {
      DocumentWindows.Window window = windows.next();
      LstmState start = TensorTree.detach(carried);
      var out =
          cell.resetting(
              window.resets(), () -> layer.forward(embedding.forward(window.inputs()), start));
      Tensor loss =
          SequenceLoss.crossEntropy(head.forward(out.output()), window.targets(), options);
      carried = out.state();
      nats += loss.item() * window.tokens();
      tokens += window.tokens();
    }
    // The same documents one by one, each from the initial state.
    double alone = 0;
    for (int[] document : sentences) {
      int steps = document.length - 1;
      IntTensor inputs = IntTensor.of(document).narrow(0, 0, steps).reshape(steps, 1);
      IntTensor targets = IntTensor.of(document).narrow(0, 1, steps).reshape(steps, 1);
      Tensor out = head.forward(layer.forward(embedding.forward(inputs)).output());
      alone += SequenceLoss.crossEntropy(out, targets).item() * steps;
    }
    assertEquals(17, tokens);
    assertEquals(alone, nats, 1e-4);
  }

  @Test
  void outputsArePooledOverRealSteps() {
    var encoder = Recurrent.forward(new GruCell(16, 16, generator));
    Tensor x = hidden;
    Tensor output = encoder.forward(x, lengths).output();
    Tensor last = Pooling.LAST.of(output, lengths);
    Tensor mean = Pooling.MEAN.of(output, lengths);
    Tensor most = Pooling.MAX.of(output, lengths);
    Tensor attended = new AttentionPooling(16, 8, generator).of(output, lengths);
    for (Tensor pooled : List.of(last, mean, most, attended)) {
      assertEquals(Shape.of(3, 16), pooled.shape());
    }
  }

  @Test
  void anEncoderAndADecoderAreTrainedAndWrite() {
    var encoder = new Bidirectional<>(new LstmCell(6, 8, generator), new LstmCell(6, 8, generator));
    GruCell inner = new GruCell(6 + 8, 8, generator);
    var attention = new AdditiveAttention(8, 16, 8, generator);
    var cell = new AttentionCell<>(inner, 8, attention, 16, Feeding.INPUT, generator);
    var bridge = new StateBridge<>(encoder.initialState(1), inner.initialState(1), generator);
    Linear output = new Linear(8, SYMBOLS, generator);
    var model = new EncoderDecoder<>(encoder, bridge, embedding, cell, output);
    Padded<IntTensor> source = Padded.ofTokens(sentences.subList(0, 3), END);
    Padded<IntTensor> target = Padded.ofTokens(sentences.subList(2, 5), END);
    Encoded<Tensor> encoded = model.encode(embedding.forward(source.values()), source.lengths());
    Tensor loss = model.loss(encoded, target.values(), target.lengths(), CrossEntropy.MEAN);
    assertEquals(Math.log(SYMBOLS), loss.item(), 1);
    sampled(model, encoded, target, 10, new RandomStream(5, 10));
    var writer = model.writer(encoded.one(0));
    List<BeamSearch.Hypothesis> best =
        new BeamSearch(4, 10, START, END).run(writer, writer.start());
    assertEquals(4, best.size());
  }

  private static void sampled(
      EncoderDecoder<?, Tensor> model,
      Encoded<Tensor> encoded,
      Padded<IntTensor> target,
      long step,
      RandomStream stream) {
    var sampling = new ScheduledSampling(ScheduledSampling.inverseSigmoid(50));
    Tensor loss =
        sampling.loss(
            model, encoded, target.values(), target.lengths(), CrossEntropy.MEAN, step, stream);
    assertEquals(Math.log(SYMBOLS), loss.item(), 1);
  }

  @Test
  void largeVocabulariesHaveOutputsOfTheirOwn() {
    Embedding table = Embedding.initialised(1000, 16, Initializer.normal(0.1), generator);
    IntTensor targets = IntTensor.of(Shape.of(4, 3), 0, 900, 60, 5, 2, 300, 999, 1, 0, 7, 7, 7);
    TiedOutput tied = TiedOutput.of(table);
    AdaptiveSoftmax adaptive = new AdaptiveSoftmax(16, 1000, new int[] {50, 200}, generator);
    SampledSoftmax sampled = SampledSoftmax.of(1000, 64);
    Tensor full = SequenceLoss.crossEntropy(tied.forward(hidden), targets, lengths);
    Tensor cheap = adaptive.loss(hidden, targets, lengths);
    Tensor drawn =
        sampled.loss(hidden, table.weight().value(), null, targets, lengths, generator.next());
    IntTensor likeliest = adaptive.predict(hidden.select(0, 0));
    assertEquals(Math.log(1000), full.item(), 1);
    assertTrue(cheap.item() > 0 && drawn.item() > 0);
    assertEquals(3, likeliest.size());
  }

  @Test
  void aMixtureIsPredictedForEachStep() {
    Tensor points = Tensor.normal(generator.next(), DType.F32, Shape.of(4, 3, 2), 0, 1);
    MixtureHead<BivariateMixture> pen = MixtureHead.bivariate(16, 5, generator);
    Tensor loss = pen.loss(hidden, points, lengths);
    Tensor next = pen.forward(hidden).biased(0.5).sample(new RandomStream(4, 0));
    assertTrue(loss.item() > 0);
    assertEquals(points.shape(), next.shape());
  }

  @Test
  void everyBlockOfCodeOfThePageIsInThisSource() throws IOException {
    DocumentedPage page = new DocumentedPage("docs/sequences.md");
    page.requireBlocksIn(page.testSource("SequencesPageTest"));
  }
}
