package org.tapeloop.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class WordLmCommandTest {
  /** The third word depends on the first alone. */
  private static final String LINES =
      """
       the tape plays and the loop turns\s
       a loop turns and a tape plays\s
       the loop turns and the tape plays\s
       a tape plays and a loop turns\s
      """;

  @TempDir private Path folder;
  private Path data;
  private Path run;

  @BeforeEach
  void writeText() throws IOException {
    data = Files.createDirectories(folder.resolve("data"));
    Files.writeString(data.resolve("x.train.txt"), LINES.repeat(20));
    Files.writeString(data.resolve("x.valid.txt"), LINES.repeat(2));
    run = folder.resolve("run");
  }

  private List<Object> trainArguments(Object... more) {
    List<Object> arguments =
        new ArrayList<>(List.of("word-lm", "--data", data, "--out", run, "--hidden", 12));
    arguments.addAll(List.of("--embedding", 8, "--sequence", 7, "--batch", 4));
    arguments.addAll(List.of(more));
    return arguments;
  }

  private Cli train(Object... more) {
    return Cli.run(trainArguments(more).toArray());
  }

  private static double perplexity(Cli done) {
    Matcher figure = Pattern.compile("held out: ([0-9.]+) perplexity").matcher(done.out());
    assertTrue(figure.find(), done.out());
    return Double.parseDouble(figure.group(1));
  }

  /**
   * There are nine symbols, equally likely at a perplexity of 9. The second recipe drops so much of
   * a model this small that it learns little.
   */
  @ParameterizedTest
  @CsvSource({"zaremba, 8, 2, 1, 400, 3", "awd, 16, 4, 3, 250, 8.6"})
  void recipeLearns(
      String recipe, int embedding, int batch, double rate, int steps, double perplexity)
      throws IOException {
    List<Object> arguments = new ArrayList<>(List.of("word-lm", "--data", data, "--out", run));
    arguments.addAll(List.of("--recipe", recipe, "--hidden", 24, "--embedding", embedding));
    arguments.addAll(List.of("--sequence", 7, "--batch", batch, "--learning-rate", rate));
    arguments.addAll(List.of("--steps", steps, "--sample-every", 0));
    Cli done = Cli.run(arguments.toArray()).succeeded();
    assertTrue(perplexity(done) < perplexity, done.out());
    assertTrue(done.out().contains("640 words to learn from, 64 held out"), done.out());
    assertTrue(Files.readString(run.resolve("config.json")).contains(recipe));
  }

  /** 3,200 held-out words take as long as 38 steps of 28 words. */
  @Test
  void shortRunOnTextWithMuchHeldOutIsValidatedAtItsEndOnly() throws IOException {
    Files.writeString(data.resolve("x.valid.txt"), LINES.repeat(100));
    train("--steps", 50).succeeded();
    List<String> validated =
        Files.readAllLines(run.resolve("metrics.csv")).stream()
            .skip(1)
            .filter(line -> !line.split(",", -1)[4].isEmpty())
            .map(line -> line.substring(0, line.indexOf(',')))
            .toList();
    assertEquals(List.of("50"), validated);
  }

  @ParameterizedTest
  @ValueSource(strings = {"zaremba", "awd"})
  @Timeout(60)
  void runThatWasKilledGoesOnBitForBit(String recipe) throws Exception {
    Object[] options = {
      "--recipe", recipe, "--steps", 400, "--validate-every", 40, "--save-every", 7,
    };
    train(options).succeeded();
    var expected = Tensors.of(run.resolve("checkpoint.safetensors"));
    run = folder.resolve("other");
    Path checkpoint = run.resolve("checkpoint.safetensors");
    Subprocess.killOnceSaved(checkpoint, folder.resolve("output"), trainArguments(options));
    Cli.run("word-lm", "--resume", run).succeeded();
    Tensors.assertSame(expected, Tensors.of(checkpoint));
  }

  @ParameterizedTest
  @ValueSource(strings = {"zaremba", "awd"})
  void sampleGoesOnFromThePromptInItsWords(String recipe) {
    train("--recipe", recipe, "--steps", 60).succeeded();
    Cli done = Cli.run("sample", run, "--prompt", "the tape", "--length", 12).succeeded();
    assertTrue(done.out().startsWith("the tape "), done.out());
    List<String> known = List.of("the", "a", "tape", "loop", "plays", "turns", "and");
    for (String word : done.out().strip().split("\\s+", -1)) {
      assertTrue(known.contains(word) || word.equals("<unk>"), word);
    }
    assertTrue(done.err().contains("12 words, "), done.err());
  }

  @Test
  void textInSentencesIsSplitAtMarksAndRareWordsAreUnknown() throws IOException {
    Path text = folder.resolve("text.txt");
    Files.writeString(text, "The tape plays, and plays.\nThe loop turns: it plays.\n".repeat(40));
    data = text;
    Cli done = train("--steps", 5, "--vocabulary", 7).succeeded();
    assertTrue(done.out().contains(" 7 different ones"), done.out());
    // 8 and 8 symbols a pair of lines; the last tenth of 80 lines is held out.
    assertTrue(done.out().contains("576 words to learn from, 64 held out"), done.out());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--recipe merity | Invalid value for option '--recipe'",
        "--vocabulary 2 | --vocabulary must be 3 or more, not 2",
        "--cell warp | the cell 'warp' is unknown; there are: lstm",
        "--layers 0 | --layers must be 1 to 1000, not 0",
        "--learning-rate -1 | --learning-rate must be above 0, not -1.0",
        "--top-k -1 | --top-k must be 0 (all) or more, not -1",
      })
  void wrongOptionIsAUsageError(String options, String reason) {
    List<Object> words = new ArrayList<>(List.of("word-lm", "--data", data, "--out", run));
    words.addAll(List.of((Object[]) options.split(" ")));
    String line = Cli.run(words.toArray()).failedWith(2);
    assertTrue(line.contains(reason), line);
    assertFalse(Files.exists(run));
  }

  @Test
  void cellThatTheRecipeCannotUseIsRefused() {
    String line = train("--recipe", "awd", "--cell", "min-gru").failedWith(1);
    assertTrue(line.endsWith("the cell min-gru has no weight_hh"), line);
  }

  @Test
  void textThatIsTooShortOrNoTextIsRefused() throws IOException {
    data = folder.resolve("text.txt");
    Files.writeString(data, LINES);
    assertTrue(train().failedWith(1).contains("the text is too short: "));
    Object[] large = {
      "word-lm", "--data", data, "--out", run, "--batch", 100_000, "--sequence", 1_000_000,
    };
    String line = Cli.run(large).failedWith(1);
    assertTrue(line.endsWith("of --sequence 1000000 needs 100,000,000,001 and 1"), line);
    Files.writeString(data, "");
    assertTrue(train().failedWith(1).endsWith(data + ": the file is empty"));
    Files.write(data, new byte[] {'a', (byte) 0xFF});
    assertTrue(train().failedWith(1).contains("not UTF-8 text"));
    Files.delete(data);
    assertTrue(train().failedWith(1).endsWith("there is no such file"));
  }
}
