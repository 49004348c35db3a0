package org.tapeloop.nn.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Linear;
import org.tapeloop.nn.LstmState;
import org.tapeloop.nn.optim.Adam;
import org.tapeloop.nn.optim.Optimizer;
import org.tapeloop.nn.optim.Sgd;
import org.tapeloop.nn.safetensors.SafeTensorsFile;
import org.tapeloop.nn.safetensors.SafeTensorsWriter;
import org.tapeloop.nn.text.Alphabet;
import org.tapeloop.nn.text.BytePairTokenizer;
import org.tapeloop.nn.text.Tokenizer;
import org.tapeloop.nn.text.VocabularyRules;
import org.tapeloop.nn.text.WordSplitting;
import org.tapeloop.nn.text.WordTokenizer;

class CheckpointTest {
  private final Generator masks = new Generator(5, 40);
  private final Linear model = new Linear(3, 2, new Generator(1));
  private final Optimizer adam = new Adam(model.parameters(), 0.1);
  private final TrainingRun run =
      new TrainingRun(model).optimizer("adam", adam).generator("masks", masks);

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void saveAfterOneStep() throws IOException {
    file = folder.resolve("run.safetensors");
    adam.step(
        Map.of(model.weight().value(), Tensor.ones(2, 3), model.bias().value(), Tensor.ones(2)));
    run.capture()
        .withConfiguration(Map.of("cell", "lstm", "hidden size", "2"))
        .withCounter("step", 1)
        .withCarried(new LstmState(Tensor.ones(1, 2), Tensor.zeros(1, 2)))
        .write(file);
  }

  @Test
  void whatWasGivenIsReadBack() throws IOException {
    Checkpoint checkpoint = Checkpoint.read(file);
    assertEquals(Map.of("cell", "lstm", "hidden size", "2"), checkpoint.configuration());
    assertEquals(1, checkpoint.counter("step"));
    assertEquals(Set.of("weight", "bias"), checkpoint.parameters().keySet());
    assertTrue(checkpoint.hasCarried());
    LstmState like = new LstmState(Tensor.zeros(1, 2), Tensor.zeros(1, 2));
    assertArrayEquals(new float[] {1, 1}, checkpoint.carried(like).h().toFloatArray());
  }

  @Test
  void tokenizersComeBackByName() throws IOException {
    String text = "line\nwith \\ and é and 漢字 <s>";
    Tokenizer words = WordTokenizer.learn(WordSplitting.SPACED, VocabularyRules.ALL, List.of(text));
    Tokenizer pairs =
        BytePairTokenizer.learn(Alphabet.BYTES, VocabularyRules.ALL.special("<s>"), List.of(text));
    run.capture().withTokenizer("source", words).withTokenizer("target", pairs).write(file);
    Checkpoint checkpoint = Checkpoint.read(file);
    assertEquals(words.settings(), checkpoint.tokenizer("source").settings());
    assertEquals(pairs.settings(), checkpoint.tokenizer("target").settings());
    assertArrayEquals(pairs.encode(text), checkpoint.tokenizer("target").encode(text));
    assertEquals(
        file + ": there is no tokenizer 'text'",
        assertThrows(CheckpointException.class, () -> checkpoint.tokenizer("text")).getMessage());
  }

  @Test
  void theNameOfATokenizerIsNotThatOfAnothersSetting() {
    Tokenizer words = WordTokenizer.learn(WordSplitting.SPACED, VocabularyRules.ALL, List.of("a"));
    assertThrows(
        IllegalArgumentException.class, () -> run.capture().withTokenizer("text/tokens", words));
  }

  @Test
  void aTokenizerTakesThePlaceOfAnEarlierOneOfItsName() throws IOException {
    List<String> texts = List.of("a b", "b c");
    WordSplitting lines = WordSplitting.SPACED.withEndOfLine("b");
    Tokenizer first = WordTokenizer.learn(lines, VocabularyRules.ALL, texts);
    Tokenizer second = WordTokenizer.learn(WordSplitting.SPACED, VocabularyRules.ALL, texts);
    run.capture().withTokenizer("text", first).withTokenizer("text", second).write(file);
    Tokenizer found = Checkpoint.read(file).tokenizer("text");
    assertEquals(second.settings(), found.settings());
    assertEquals("a b c", found.decode(found.encode("a b c")));
  }

  @Test
  void aCarriedStateMayHaveBothElementTypes() throws IOException {
    List<Tensor> state = List.of(Tensor.of(1, 2), Tensor.ofDoubles(3), Tensor.of(4, 5));
    run.capture().withCarried(state).write(file);
    List<Tensor> found = Checkpoint.read(file).carried(state);
    for (int k = 0; k < state.size(); k++) {
      assertArrayEquals(state.get(k).toDoubleArray(), found.get(k).toDoubleArray());
    }
  }

  @Test
  void aPartThatIsDeclaredTwiceIsRefused() {
    Optimizer other = new Sgd(model.parameters(), 0.1);
    assertEquals(
        "training run: 'adam' is declared twice",
        assertThrows(IllegalArgumentException.class, () -> run.optimizer("adam", other))
            .getMessage());
    assertThrows(IllegalArgumentException.class, () -> run.generator("masks", new Generator(1)));
    assertThrows(IllegalArgumentException.class, () -> run.part("a/b", other));
    Layer slashed =
        new Layer() {
          {
            parameter("w/x", Tensor.ones(1));
          }
        };
    var e = assertThrows(IllegalArgumentException.class, () -> new TrainingRun(slashed));
    assertEquals("checkpoint: the name of a parameter must have no '/': 'w/x'", e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> run.part("x", other).part("x", other));
  }

  @Test
  void parametersStandUnderTheirOwnNamesForOtherPrograms() throws IOException {
    try (SafeTensorsFile stored = SafeTensorsFile.open(file)) {
      assertArrayEquals(
          model.weight().value().toFloatArray(), stored.tensor("weight").toFloatArray());
    }
  }

  @Test
  void weightsAloneCanBePutBack() throws IOException {
    Linear other = new Linear(3, 2, new Generator(2));
    new TrainingRun(other).restore(Checkpoint.read(file));
    assertArrayEquals(model.weight().value().toFloatArray(), other.weight().value().toFloatArray());
  }

  @Test
  void aCheckpointIsAValueThatLaterStepsDoNotChange() throws IOException {
    Checkpoint checkpoint = run.capture();
    float[] before = model.weight().value().toFloatArray();
    adam.step(Map.of(model.weight().value(), Tensor.ones(2, 3)));
    masks.next();
    run.restore(checkpoint);
    assertArrayEquals(before, model.weight().value().toFloatArray());
    assertEquals(40, masks.position());
  }

  // ---- what does not fit is refused, and nothing changes ----

  /** Restores into a run that lacks the fit at one place only, which is checked last. */
  private void refused(TrainingRun other, String message) throws IOException {
    Checkpoint checkpoint = Checkpoint.read(file);
    var error = assertThrows(CheckpointException.class, () -> other.restore(checkpoint));
    assertEquals(file + ": " + message, error.getMessage());
  }

  @Test
  void aModelOfAnotherShapeIsRefused() throws IOException {
    refused(
        new TrainingRun(new Linear(4, 2, new Generator(1))),
        "parameter 'weight' is F32 [2, 3], the model wants F32 [2, 4]");
  }

  @Test
  void aModelOfAnotherElementTypeIsRefused() throws IOException {
    Linear doubles = new Linear(3, 2, new Generator(1));
    doubles.to(DType.F64);
    refused(
        new TrainingRun(doubles), "parameter 'weight' is F32 [2, 3], the model wants F64 [2, 3]");
  }

  @Test
  void aModelOfOtherNamesIsRefused() throws IOException {
    refused(
        new TrainingRun(Linear.withoutBias(3, 2, new Generator(1))),
        "the model has no parameter 'bias'");
    run.capture().write(file);
    Path less = folder.resolve("less.safetensors");
    new TrainingRun(Linear.withoutBias(3, 2, new Generator(1))).capture().write(less);
    Checkpoint checkpoint = Checkpoint.read(less);
    var error = assertThrows(CheckpointException.class, () -> run.restore(checkpoint));
    assertEquals(less + ": there is no parameter 'bias', which the model has", error.getMessage());
  }

  @Test
  void anotherOptimizerIsRefusedAndNothingChanges() throws IOException {
    Linear other = new Linear(3, 2, new Generator(2));
    float[] before = other.weight().value().toFloatArray();
    Optimizer fits = new Adam(other.parameters(), 0.7);
    Optimizer differs = new Sgd(other.parameters(), 0.5);
    Generator drawn = new Generator(5, 3);
    TrainingRun two =
        new TrainingRun(other)
            .optimizer("adam", fits)
            .optimizer("second", differs)
            .generator("masks", drawn);
    refused(two, "there is no optimizer 'second'");
    assertEquals(0.7, fits.learningRate());
    refused(
        new TrainingRun(other).optimizer("adam", differs),
        "optimizer: the state is of Adam, not of Sgd");
    assertEquals(Set.of("kind", "learning_rate"), fits.state().keySet());
    assertArrayEquals(before, other.weight().value().toFloatArray());
    assertEquals(3, drawn.position());
  }

  @Test
  void aGeneratorOfAnotherSeedIsRefused() throws IOException {
    refused(
        new TrainingRun(model).generator("masks", new Generator(6)),
        "generator 'masks' has seed 5, the run's has 6");
    refused(
        new TrainingRun(model).generator("noise", new Generator(5)),
        "there is no generator 'noise'");
  }

  @Test
  void aCarriedStateOfAnotherShapeIsRefused() throws IOException {
    Checkpoint checkpoint = Checkpoint.read(file);
    messageOf(
        () -> checkpoint.carried(new LstmState(Tensor.zeros(4, 2), Tensor.zeros(4, 2))),
        "carried state 0 is F32 [1, 2], the model wants F32 [4, 2]");
    messageOf(
        () -> checkpoint.carried(Tensor.zeros(1, 2)),
        "the carried state has 2 tensors, the model wants 1");
    messageOf(() -> checkpoint.counter("epoch"), "there is no counter 'epoch'");
  }

  private void messageOf(Executable action, String message) {
    var error = assertThrows(CheckpointException.class, action);
    assertEquals(file + ": " + message, error.getMessage());
  }

  // ---- damaged files ----

  @Test
  void everyCutIsNoticedInOneLine() throws IOException {
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length += length < 64 ? 1 : 17) {
      Files.write(file, Arrays.copyOf(whole, length));
      oneLine(assertThrows(IOException.class, () -> Checkpoint.read(file)));
    }
  }

  @Test
  void everyFlippedBitIsNoticedInOneLine() throws IOException {
    byte[] whole = Files.readAllBytes(file);
    Random random = new Random(4);
    for (int i = 0; i < 400; i++) {
      byte[] damaged = whole.clone();
      damaged[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, damaged);
      Checkpoint read;
      try {
        read = Checkpoint.read(file);
      } catch (IOException e) {
        oneLine(e);
        continue;
      }
      // A change that means nothing: a blank of the header, or an escape of the same text.
      assertEquals(Map.of("cell", "lstm", "hidden size", "2"), read.configuration());
      assertArrayEquals(
          model.weight().value().toFloatArray(), read.parameters().get("weight").toFloatArray());
    }
  }

  @Test
  void aFlippedBitInAWeightIsNoticed() throws IOException {
    byte[] whole = Files.readAllBytes(file);
    whole[whole.length - 3] ^= 0x10;
    Files.write(file, whole);
    var error = assertThrows(CheckpointException.class, () -> Checkpoint.read(file));
    assertTrue(error.getMessage().contains("is damaged"), error.getMessage());
  }

  private void oneLine(IOException error) {
    assertTrue(error.getMessage().startsWith(file.toString()), error.getMessage());
    assertFalse(error.getMessage().contains("\n"), error.getMessage());
  }

  @Test
  void otherFilesAreRefused() throws IOException {
    Files.writeString(file, "no tensors at all, just text", StandardCharsets.UTF_8);
    oneLine(assertThrows(IOException.class, () -> Checkpoint.read(file)));
    new SafeTensorsWriter().tensor("weight", Tensor.ones(2)).write(file);
    var error = assertThrows(CheckpointException.class, () -> Checkpoint.read(file));
    assertEquals(
        file + ": is a safetensors file, but no checkpoint of this program", error.getMessage());
    Path missing = folder.resolve("missing");
    assertThrows(IOException.class, () -> Checkpoint.read(missing));
  }

  @Test
  void aFailedWriteLeavesTheEarlierCheckpoint() throws IOException {
    byte[] before = Files.readAllBytes(file);
    Path nowhere = folder.resolve("no folder").resolve("run.safetensors");
    assertThrows(IOException.class, () -> run.capture().write(nowhere));
    assertArrayEquals(before, Files.readAllBytes(file));
    try (var listed = Files.list(folder)) {
      assertEquals(List.of(file), listed.toList());
    }
  }

  @Test
  void floatsAndDoublesKeepTheirBits() throws IOException {
    Linear doubles = new Linear(3, 2, new Generator(1));
    doubles.to(DType.F64);
    double[] odd = {Double.MIN_VALUE, -0.0, Math.PI, 1e300, Double.NEGATIVE_INFINITY, Double.NaN};
    doubles.weight().set(Tensor.ofDoubles(Shape.of(2, 3), odd));
    new TrainingRun(doubles).capture().write(file);
    assertArrayEquals(odd, Checkpoint.read(file).parameters().get("weight").toDoubleArray());
  }
}
