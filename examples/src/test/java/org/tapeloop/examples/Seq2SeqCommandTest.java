package org.tapeloop.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class Seq2SeqCommandTest {
  @TempDir private Path folder;
  private Path data;
  private Path run;

  /** Two letters and their opposites, each as a word. */
  @BeforeEach
  void writePairs() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      String bits = Integer.toBinaryString(16 + i * 7 % 16);
      String word = bits.replace('0', 'u').replace('1', 'd');
      String opposite = bits.replace("0", "down ").replace("1", "up ").strip();
      lines.append(word).append('\t').append(opposite).append('\n');
    }
    data = Files.writeString(folder.resolve("pairs.tsv"), lines);
    run = folder.resolve("run");
  }

  private Cli train(Object... more) {
    return Cli.run(arguments(more).toArray());
  }

  private List<Object> arguments(Object... more) {
    List<Object> arguments = new ArrayList<>(List.of("seq2seq", "--data", data, "--out", run));
    arguments.addAll(List.of("--target", "words", "--hidden", 16, "--embedding", 8, "--batch", 8));
    arguments.addAll(List.of(more));
    return arguments;
  }

  @Test
  void learnsToRewriteAndShowsWhereItLooks() throws IOException {
    Cli done = train("--steps", 250, "--learning-rate", 0.02, "--layers", 2).succeeded();
    assertTrue(done.out().contains("90 pairs to learn from, 10 held out"), done.out());
    assertTrue(done.out().contains("10 of 10 held-out sequences written without a fault"));
    assertTrue(ImageIO.read(run.resolve("attention.png").toFile()).getWidth() > 100);
    Cli sample = Cli.run("sample", run, "--prompt", "duddu").succeeded();
    assertTrue(sample.out().startsWith("duddu -> up down up up down\n"), sample.out());
    // Six rows of weights and their labels: the end of each side is a token too.
    BufferedImage picture = ImageIO.read(run.resolve("sample.png").toFile());
    assertTrue(picture.getHeight() > 6 * 24, "height " + picture.getHeight());
    assertTrue(Cli.run("sample", run).succeeded().out().contains(" -> "));
  }

  @Test
  @Timeout(120)
  void runThatWasKilledGoesOnBitForBitAsAnUndisturbedOne() throws Exception {
    Object[] options = {"--layers", 2, "--dropout", 0.2, "--steps", 150, "--save-every", 7};
    train(options).succeeded();
    var expected = Tensors.of(run.resolve("checkpoint.safetensors"));
    run = folder.resolve("other");
    Path checkpoint = run.resolve("checkpoint.safetensors");
    Subprocess.killOnceSaved(checkpoint, folder.resolve("output"), arguments(options));
    Cli.run("seq2seq", "--resume", run).succeeded();
    Tensors.assertSame(expected, Tensors.of(checkpoint));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "one column | line 1: expected two texts with a tab between them, not 'one column'",
        "a\tb | there are too few pairs",
        "'' | the file is empty",
      })
  void filesThatHoldNoPairsAreRefused(String text, String reason) throws IOException {
    Files.writeString(data, text);
    String line = train().failedWith(1);
    assertTrue(line.contains(data.toString()) && line.contains(reason), line);
  }

  @Test
  void ofAFileInOneLongLineBothEndsOfTheMessageAreShown() throws IOException {
    Files.writeString(data, "x".repeat(100_000) + "the end");
    String line = train().failedWith(1);
    assertTrue(line.contains(data + ", line 1: expected two texts"), line);
    assertTrue(line.length() < 1000 && line.endsWith("xthe end'"), line);
  }

  @Test
  void pairsThatAreTooLongAndWrongOptionsAreRefused() {
    assertTrue(train("--sequence", 2).failedWith(1).contains("no pairs of up to 2 tokens"));
    assertTrue(train("--target", "letters").failedWith(2).contains("'--target'"));
    assertEquals(
        "tapeloop seq2seq: --validation needs --data, from which the model learns (see tapeloop"
            + " seq2seq --help)",
        Cli.run("seq2seq", "--validation", data).failedWith(2));
  }
}
