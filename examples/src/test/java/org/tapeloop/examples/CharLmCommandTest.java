package org.tapeloop.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.checkpoint.Checkpoint;
import org.tapeloop.nn.safetensors.SafeTensorsFile;
import org.tapeloop.nn.safetensors.SafeTensorsWriter;

final class CharLmCommandTest {
  private static final String SENTENCE = "the tape loop plays the same tune again and again.\n";

  @TempDir private Path folder;
  private Path text;
  private Path run;

  @BeforeEach
  void writeText() throws IOException {
    text = Files.writeString(folder.resolve("text.txt"), SENTENCE.repeat(60));
    run = folder.resolve("run");
  }

  private Cli train(Object... more) {
    return Cli.run(trainArguments(more).toArray());
  }

  /** A model that trains in a moment. */
  private List<Object> trainArguments(Object... more) {
    List<Object> arguments = new ArrayList<>(List.of("char-lm", "--data", text, "--out", run));
    addUnlessGiven(arguments, more, "--hidden", 16);
    addUnlessGiven(arguments, more, "--embedding", 8);
    addUnlessGiven(arguments, more, "--sequence", 10);
    addUnlessGiven(arguments, more, "--batch", 8);
    arguments.addAll(List.of(more));
    return arguments;
  }

  private static void addUnlessGiven(
      List<Object> arguments, Object[] more, String option, int value) {
    if (!List.of(more).contains(option)) {
      arguments.add(option);
      arguments.add(value);
    }
  }

  private Path checkpoint() {
    return run.resolve("checkpoint.safetensors");
  }

  // ---- a run ----

  @ParameterizedTest
  @ValueSource(strings = {"lstm", "gru", "elman"})
  void runLearnsAndLeavesItsReport(String cell) throws IOException {
    Cli done = train("--cell", cell, "--steps", 120, "--learning-rate", 0.02).succeeded();

    Matcher bits = Pattern.compile("held out: ([0-9.]+) bits per character").matcher(done.out());
    assertTrue(bits.find(), done.out());
    // The text has 17 symbols: log2(17) is 4.1, and a model of single letters needs 3.7.
    assertTrue(Double.parseDouble(bits.group(1)) < 3, done.out());
    assertTrue(done.out().contains("tapeloop sample " + run), done.out());
    assertTrue(done.err().contains("100%"), done.err());

    List<String> metrics = Files.readAllLines(run.resolve("metrics.csv"));
    assertTrue(metrics.getLast().startsWith("120,"), metrics.getLast());
    assertTrue(Files.readString(run.resolve("samples.txt")).contains("==== steps: 120\n"));
    assertTrue(Files.readString(run.resolve("config.json")).contains("\"cell\" : \"" + cell));
    BufferedImage chart = ImageIO.read(run.resolve("loss.png").toFile());
    assertTrue(chart.getWidth() > 500, "width " + chart.getWidth());
  }

  @Test
  void sameSeedGivesTheSameModelAndAnotherSeedAnother() throws IOException {
    train("--steps", 6).succeeded();
    var first = tensors();
    run = folder.resolve("again");
    train("--steps", 6).succeeded();
    Tensors.assertSame(first, tensors());
    run = folder.resolve("other");
    train("--steps", 6, "--seed", 2).succeeded();
    assertNotEquals(first.get("output.bias")[0], tensors().get("output.bias")[0]);
  }

  @Test
  void folderOfFilesIsLearnedFrom() throws IOException {
    Path texts = Files.createDirectories(folder.resolve("texts"));
    Files.move(text, texts.resolve("a.txt"));
    text = texts;
    train("--steps", 2).succeeded();
  }

  @Test
  void timeLimitFixesTheNumberOfSteps() throws IOException {
    train("--minutes", 0.02, "--sample-every", 0).succeeded();
    try (SafeTensorsFile file = SafeTensorsFile.open(checkpoint())) {
      var notes = file.metadata();
      assertEquals(
          notes.get("configuration/training.step"), notes.get("configuration/training.steps"));
      double seconds = Double.parseDouble(notes.get("configuration/training.seconds"));
      assertTrue(seconds > 0.5 && seconds < 6, notes.toString());
    }
  }

  // ---- resume ----

  /** Dropout, two layers and several epochs: all that a step can depend on. */
  private static final Object[] DEMANDING = {
    "--layers", 2, "--dropout", 0.3, "--steps", 400, "--sample-every", 90, "--save-every", 7,
  };

  @Test
  @Timeout(60)
  void runThatWasKilledGoesOnBitForBitAsAnUndisturbedOne() throws Exception {
    assertResumesBitForBit(Process::destroyForcibly);
  }

  @Test
  @Timeout(60)
  void runThatWasAskedToStopSavesAndGoesOnBitForBitAsAnUndisturbedOne() throws Exception {
    String output = assertResumesBitForBit(Process::destroy);
    assertTrue(output.contains("to go on: tapeloop char-lm --resume " + run), output);
  }

  private String assertResumesBitForBit(Consumer<Process> end) throws Exception {
    Path disturbed = folder.resolve("disturbed");
    train(DEMANDING).succeeded();
    var expected = tensors();
    String expectedSamples = Files.readString(run.resolve("samples.txt"));

    run = disturbed;
    Path output = folder.resolve("output");
    String printed = Subprocess.endOnceSaved(checkpoint(), output, trainArguments(DEMANDING), end);

    Cli.run("char-lm", "--resume", run).succeeded();
    Tensors.assertSame(expected, tensors());
    assertEquals(expectedSamples, Files.readString(run.resolve("samples.txt")));
    List<String> steps =
        Files.readAllLines(run.resolve("metrics.csv")).stream()
            .map(line -> line.substring(0, line.indexOf(',')))
            .toList();
    assertEquals(steps.stream().distinct().toList(), steps);
    return printed;
  }

  @Test
  void finishedRunGoesOnWhenGivenMoreSteps() throws IOException {
    train("--steps", 5).succeeded();
    String line = Cli.run("char-lm", "--resume", run).failedWith(1);
    assertTrue(line.contains("has taken all its 5 steps"), line);
    Cli.run("char-lm", "--resume", checkpoint(), "--steps", 8).succeeded();
    assertTrue(Files.readAllLines(run.resolve("metrics.csv")).getLast().startsWith("8,"));
  }

  @Test
  void anotherTextIsNotGoneOnWith() throws IOException {
    train("--steps", 5).succeeded();
    Files.writeString(text, SENTENCE.repeat(61));
    String line = Cli.run("char-lm", "--resume", run, "--steps", 8).failedWith(1);
    assertTrue(line.contains("the data are not those that the run learned from"), line);
  }

  @Test
  void checkpointOfAnotherShapeIsRefused() throws IOException {
    train("--steps", 5).succeeded();
    byte[] before = Files.readAllBytes(checkpoint());
    String line =
        Cli.run("char-lm", "--resume", run, "--hidden", 32, "--layers", 2, "--seed", 1)
            .failedWith(1);
    assertTrue(
        line.endsWith(
            "is of a run with --hidden 16, --layers 1; it can't go on with --hidden 32, --layers"
                + " 2"),
        line);
    assertArrayEquals(before, Files.readAllBytes(checkpoint()));
  }

  @Test
  void checkpointThatContradictsItselfIsRefused() throws IOException {
    train("--steps", 5).succeeded();
    Checkpoint.read(checkpoint()).withConfiguration(Map.of("hidden", "17")).write(checkpoint());
    for (Cli result :
        List.of(
            Cli.run("char-lm", "--resume", run, "--steps", 9), Cli.run("sample", checkpoint()))) {
      String line = result.failedWith(1);
      assertTrue(line.contains("the checkpoint does not fit: " + checkpoint()), line);
      assertTrue(line.contains("the model wants"), line);
    }
  }

  @Test
  void damagedCheckpointIsRefused() throws IOException {
    train("--steps", 5).succeeded();
    byte[] bytes = Files.readAllBytes(checkpoint());
    bytes[bytes.length / 2] ^= 1;
    Files.write(checkpoint(), bytes);
    String line = Cli.run("sample", checkpoint()).failedWith(1);
    assertTrue(line.contains("is damaged"), line);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.0005, 0.3, 0.999})
  void truncatedCheckpointIsRefused(double kept) throws IOException {
    train("--steps", 5).succeeded();
    byte[] whole = Files.readAllBytes(checkpoint());
    Files.write(checkpoint(), Arrays.copyOf(whole, (int) (kept * whole.length)));
    for (Cli result :
        List.of(
            Cli.run("char-lm", "--resume", run, "--steps", 9), Cli.run("sample", checkpoint()))) {
      String line = result.failedWith(1);
      assertTrue(line.contains("cannot read the checkpoint " + checkpoint()), line);
    }
  }

  @Test
  void otherFilesAreNoCheckpoints() throws IOException {
    Path other = folder.resolve("other.safetensors");
    Files.writeString(other, "not a checkpoint, but longer than the length of a header");
    String text = Cli.run("sample", other).failedWith(1);
    assertTrue(text.contains("cannot read the checkpoint " + other), text);
    assertTrue(text.endsWith("; it is damaged, or no checkpoint"), text);
    new SafeTensorsWriter().tensor("x", Tensor.of(1)).write(other);
    assertTrue(Cli.run("sample", other).failedWith(1).contains("no checkpoint of this program"));
    String line = Cli.run("sample", folder.resolve("missing")).failedWith(1);
    assertTrue(line.contains("there is no checkpoint of a run here"), line);
  }

  @Test
  @Timeout(60)
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void diskThatIsFullLeavesTheEarlierCheckpoint() throws Exception {
    train("--steps", 5).succeeded();
    byte[] before = Files.readAllBytes(checkpoint());
    // As on a full disk, a write fails half way: no file may grow past this limit.
    long blocks = before.length / 1024 / 2;
    Path output = folder.resolve("output");
    Process process =
        Subprocess.startLimited(
            "ulimit -f " + blocks, output, List.of("char-lm", "--resume", run, "--steps", 9));
    int code = process.waitFor();
    String text = Files.readString(output);
    assertEquals(1, code, text);
    assertTrue(text.contains("tapeloop: cannot save the checkpoint " + checkpoint()), text);
    assertFalse(text.contains("\tat "), text);
    assertArrayEquals(before, Files.readAllBytes(checkpoint()));
    try (var files = Files.list(run)) {
      assertTrue(
          files.noneMatch(file -> file.toString().endsWith(".tmp")), "an unfinished file is left");
    }
  }

  // ---- bad input ----

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--cell lstmm | the cell 'lstmm' is unknown; did you mean lstm?",
        "--backend warp | backend 'warp' is unknown; there are:",
        "--threads 0 | --threads must be 1 to 1024, not 0",
        "--threads 100000 | --threads must be 1 to 1024, not 100000",
        "--hidden 0 | --hidden must be 1 to 20000, not 0",
        "--hidden 100000 | --hidden must be 1 to 20000, not 100000",
        "--hidden x | Invalid value for option '--hidden': 'x' is not an int",
        "--dropout 1 | --dropout must be at least 0 and below 1, not 1.0",
        "--learning-rate NaN | --learning-rate must be above 0, not NaN",
        "--clip 0 | --clip must be above 0, not 0.0",
        "--steps 0 | --steps must be 1 or more, not 0",
        "--minutes -1 | --minutes must be above 0, not -1.0",
        "--steps 5 --minutes 1 | --steps=N, --minutes=N are mutually exclusive",
        "--temperature -1 | --temperature must be 0 or more, not -1.0",
        "--top-p 0 | --top-p must be above 0 and at most 1, not 0.0",
        "--top-k -1 | --top-k must be 0 (all) or more, not -1",
        "--save-every 0 | --save-every must be 1 or more, not 0",
        "--resume somewhere | --resume goes on in the run's own folder",
        "--nonsense | Unknown option: '--nonsense'",
      })
  void wrongOptionIsAUsageError(String options, String reason) {
    Object[] words = options.split(" ");
    String line = train(words).failedWith(2);
    assertTrue(line.startsWith("tapeloop char-lm: "), line);
    assertTrue(line.contains(reason), line);
    assertTrue(line.endsWith("(see tapeloop char-lm --help)"), line);
    assertFalse(Files.exists(run));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 | the file is empty",
        "1 | the text is too short: with sequences of 10 characters",
        "3 | the text is too short: 138 characters to learn from are not enough for --batch 8",
      })
  void textThatIsTooShortIsRefused(int sentences, String reason) throws IOException {
    Files.writeString(text, SENTENCE.repeat(sentences));
    Object[] wide = {"--batch", 16};
    String line = (sentences == 3 ? train(wide) : train()).failedWith(1);
    assertTrue(line.contains(text.toString()), line);
    assertFalse(Files.exists(run));
  }

  @Test
  void textThatCannotBeReadIsRefused() throws IOException {
    Files.write(text, new byte[] {'a', (byte) 0xFF});
    assertTrue(train().failedWith(1).contains("not UTF-8 text"));
    Files.delete(text);
    assertTrue(train().failedWith(1).endsWith("there is no such file"));
    assertFalse(Files.exists(run));
  }

  @Test
  void folderThatCannotBeWrittenIsRefused() {
    run = text.resolve("run");
    String line = train("--steps", 5).failedWith(1);
    assertTrue(line.contains("cannot make the folder " + run), line);
  }

  @Test
  void folderOfAnotherRunIsNotOverwritten() throws IOException {
    train("--steps", 5).succeeded();
    byte[] before = Files.readAllBytes(checkpoint());
    String line = train("--steps", 5).failedWith(1);
    assertTrue(line.contains("already holds a run"), line);
    assertArrayEquals(before, Files.readAllBytes(checkpoint()));
  }

  @Test
  void tensorsBeyondTheLongestArrayAreOneLine() throws IOException {
    Files.writeString(text, SENTENCE.repeat(20_000));
    String line = train("--hidden", 3000, "--batch", 1000, "--sequence", 900).failedWith(1);
    assertTrue(line.contains("more elements than a Java array can hold; a smaller model"), line);
  }

  @Test
  void divergedTrainingIsSaidSo() {
    String err = train("--learning-rate", 1e30, "--steps", 50).err();
    assertTrue(err.contains("training has diverged; try a lower --learning-rate"), err);
  }

  // ---- samples ----

  @Test
  void sampleGoesOnFromThePromptAndDependsOnTheSeedAlone() {
    train("--steps", 60, "--learning-rate", 0.02).succeeded();
    String one = sample("--prompt", "the tape", "--length", 30, "--temperature", 1);
    assertTrue(one.startsWith("the tape"), one);
    assertEquals("the tape".length() + 30 + System.lineSeparator().length(), one.length());
    assertEquals(one, sample("--prompt", "the tape", "--length", 30, "--temperature", 1));
    assertNotEquals(
        one, sample("--prompt", "the tape", "--length", 30, "--temperature", 1, "--seed", 2));
  }

  @Test
  void topKOfOneAndTinyNucleusAndTemperatureZeroAllTakeTheLikeliest() {
    train("--steps", 60, "--learning-rate", 0.02).succeeded();
    String greedy = sample("--temperature", 0, "--length", 60);
    assertEquals(greedy, sample("--temperature", 5, "--top-k", 1, "--length", 60));
    assertEquals(greedy, sample("--temperature", 1, "--top-p", 1e-9, "--length", 60));
    assertNotEquals(greedy, sample("--temperature", 5, "--top-p", 1, "--length", 60));
  }

  private String sample(Object... options) {
    List<Object> arguments = new ArrayList<>(List.of("sample", run));
    arguments.addAll(List.of(options));
    return Cli.run(arguments.toArray()).succeeded().out();
  }

  @Test
  void promptOfAnotherAlphabetIsRefused() {
    train("--steps", 2).succeeded();
    String line = Cli.run("sample", run, "--prompt", "caf\u00e9").failedWith(1);
    assertTrue(line.contains("the character"), line);
    assertTrue(Cli.run("sample", run, "--prompt", "").failedWith(2).contains("--prompt"));
    assertTrue(Cli.run("sample", run, "--length", -1).failedWith(2).contains("--length"));
    assertTrue(Cli.run("sample").failedWith(2).contains("Missing required parameter: 'RUN'"));
  }

  // ---- comparing checkpoints ----

  private Map<String, double[]> tensors() throws IOException {
    return Tensors.of(checkpoint());
  }
}
