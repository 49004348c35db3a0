package org.tapeloop.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tapeloop.examples.abc.AbcFiles;
import org.tapeloop.examples.abc.Bars;
import org.tapeloop.examples.abc.Tune;

final class MelodyCommandTest {
  @TempDir private Path folder;

  private Path run() {
    return folder.resolve("run");
  }

  /** Ten times the same tune, so that it is soon learned by heart. */
  private Path tunes() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 1; i <= 10; i++) {
      text.append("X:%d\nT:Scale\nM:4/4\nL:1/4\nK:C\nCDEF|GFED|C4|]\n\n".formatted(i));
    }
    return Files.writeString(folder.resolve("tunes.abc"), text);
  }

  private Cli train(Path data, Object... more) {
    return Cli.run(arguments(data, run(), more));
  }

  private static Object[] arguments(Path data, Path run, Object... more) {
    List<Object> arguments =
        new ArrayList<>(List.of("music", "--melody", "--data", data, "--out", run));
    arguments.addAll(List.of("--hidden", 32, "--learning-rate", 0.03, "--sample-every", 0));
    arguments.addAll(List.of(more));
    return arguments.toArray();
  }

  private Cli sample(Object... more) {
    List<Object> arguments = new ArrayList<>(List.of("sample", run()));
    arguments.addAll(List.of(more));
    return Cli.run(arguments.toArray());
  }

  @Test
  void writesATuneThatItHasLearned() throws IOException {
    train(tunes(), "--steps", 80, "--dropout", 0).succeeded();
    sample("--prompt", "M:4/4 K:G", "--temperature", 0.2, "--length", 60).succeeded();
    Tune tune = AbcFiles.read(run().resolve("sample.abc")).tunes().getFirst();
    assertEquals("G", tune.key().toString());
    assertTrue(Bars.firstWrong(tune).isEmpty());
    assertTrue(ImageIO.read(run().resolve("sample.png").toFile()).getWidth() > 100);
    assertTrue(Files.size(run().resolve("sample.wav")) > 10_000);
    assertTrue(Files.exists(run().resolve("sample.mid")));
  }

  @Test
  @Timeout(120)
  void runThatWasKilledGoesOnBitForBitAsAnUndisturbedOne() throws Exception {
    Path data = tunes();
    Object[] options = {"--steps", 300, "--save-every", 7, "--dropout", 0.2, "--batch", 4};
    Path whole = folder.resolve("whole");
    Cli.run(arguments(data, whole, options)).succeeded();
    Path output = folder.resolve("output");
    Path checkpoint = run().resolve("checkpoint.safetensors");
    Subprocess.killOnceSaved(checkpoint, output, List.of(arguments(data, run(), options)));
    Cli.run("music", "--resume", run()).succeeded();
    Tensors.assertSame(Tensors.of(whole.resolve("checkpoint.safetensors")), Tensors.of(checkpoint));
  }

  @Test
  void writesChorales() throws IOException {
    String piece = "67,62,59,43 67,62,59,43 69,62,60,43 69,62,60,41\n".repeat(10);
    Path data = Files.writeString(folder.resolve("chorales.txt"), piece);
    train(data, "--steps", 10).succeeded();
    sample("--length", 16).succeeded();
    assertTrue(Files.exists(run().resolve("sample.mid")));
  }

  @Test
  void refusesFilesWithoutTunes() throws IOException {
    Path empty = Files.writeString(folder.resolve("empty.abc"), "");
    assertEquals("tapeloop: " + empty + ": the file is empty", train(empty).failedWith(1));
    Path data = Files.writeString(folder.resolve("text.abc"), "no tune\n");
    assertEquals(
        "tapeloop: " + data + ": there are no tunes in ABC notation; each begins with a line X:",
        train(data).failedWith(1));
    Path wrong = Files.writeString(folder.resolve("wrong.abc"), "X:1\nM:4/4\nK:C\nC|D|E|\n");
    assertEquals(
        "tapeloop: "
            + wrong
            + ": no tune in it can be used; X:1: bar 2 lasts 1/8 of a whole note, not 1",
        train(wrong).failedWith(1));
  }

  @Test
  void refusesAPromptOfUnknownTokens() throws IOException {
    train(tunes(), "--steps", 2).succeeded();
    assertEquals(
        "tapeloop: 'Q:9' does not occur in the music that the model learned from",
        sample("--prompt", "Q:9").failedWith(1));
  }
}
