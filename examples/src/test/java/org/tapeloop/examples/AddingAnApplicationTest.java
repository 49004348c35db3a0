package org.tapeloop.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The application that docs/adding-an-application.md shows. */
final class AddingAnApplicationTest {
  @TempDir private Path folder;

  private static Cli run(Object... arguments) {
    CommandLine program = Tapeloop.commandLine().addSubcommand(new ParityCommand());
    return Cli.run(program, arguments);
  }

  @Test
  void thePageShowsTheWholeApplication() throws IOException {
    Path root = JavaSources.root();
    String page = Files.readString(root.resolve("docs/adding-an-application.md"));
    Matcher block = Pattern.compile("(?s)```java\n(.*?)```").matcher(page);
    assertTrue(block.find(), "no block of Java");
    String source =
        Files.readString(
            root.resolve("examples/src/test/java/org/tapeloop/examples/ParityCommand.java"));
    assertEquals(source, block.group(1));
    assertTrue(source.lines().count() < 150, source.lines().count() + " lines");
  }

  @Test
  void itLearnsReportsAndGoesOn() throws IOException {
    Path run = folder.resolve("run");
    Object[] options = {"--bits", 4, "--hidden", 8, "--cell", "gru", "--out", run};
    Cli done = run(with(options, "parity", "--steps", 300)).succeeded();
    Matcher bits = Pattern.compile("held out: ([0-9.e-]+) bits per answer").matcher(done.out());
    assertTrue(bits.find(), done.out());
    assertTrue(Double.parseDouble(bits.group(1)) < 0.9, done.out());
    assertTrue(Files.readString(run.resolve("result.json")).contains("\"steps\" : 300"));

    String other = run("parity", "--resume", run, "--bits", 5, "--steps", 400).failedWith(1);
    assertTrue(other.endsWith("with --bits 4; it can't go on with --bits 5"), other);
    run("parity", "--resume", run, "--steps", 310).succeeded();
    String foreign = Cli.run("char-lm", "--resume", run).failedWith(1);
    assertTrue(foreign.endsWith("this is a checkpoint of parity, not of char-lm"), foreign);
    String unknown = Cli.run("sample", run).failedWith(1);
    assertTrue(unknown.contains("a command that this program does not have"), unknown);
    String silent = run("sample", run).failedWith(1);
    assertTrue(silent.endsWith("models of parity make nothing up"), silent);
  }

  private static Object[] with(Object[] options, Object... first) {
    Object[] all = Arrays.copyOf(first, first.length + options.length);
    System.arraycopy(options, 0, all, first.length, options.length);
    return all;
  }

  @Test
  void patienceEndsARunAndTheBestModelIsJudged() throws IOException {
    Path run = folder.resolve("run");
    // A rate this high unlearns.
    Cli done =
        run(
                "parity",
                "--bits",
                6,
                "--hidden",
                8,
                "--out",
                run,
                "--steps",
                100_000,
                "--learning-rate",
                3,
                "--validate-every",
                5,
                "--patience",
                3,
                "--save-every",
                1000)
            .succeeded();
    assertTrue(done.out().contains("that is the best model, of step"), done.out());
    String result = Files.readString(run.resolve("result.json"));
    Matcher steps =
        Pattern.compile("\"steps\" : (\\d+),\\s+\"best_step\" : (\\d+)").matcher(result);
    assertTrue(steps.find(), result);
    assertEquals(15, Long.parseLong(steps.group(1)) - Long.parseLong(steps.group(2)), result);
    assertTrue(Files.exists(run.resolve("best.safetensors")));
  }
}
