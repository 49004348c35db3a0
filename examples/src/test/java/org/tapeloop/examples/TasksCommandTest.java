package org.tapeloop.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TasksCommandTest {
  @TempDir private Path folder;

  private Path run() {
    return folder.resolve("run");
  }

  private static Cli tasks(Object... more) {
    List<Object> arguments = new ArrayList<>(List.of("tasks", "--hidden", 8, "--batch", 4));
    arguments.addAll(List.of(more));
    return Cli.run(arguments.toArray());
  }

  @Test
  void comparesCellsOnEveryTask() throws IOException {
    Cli done =
        tasks(
            "--steps",
            2,
            "--seeds",
            1,
            "--length",
            10,
            "--cells",
            "gru,orthogonal",
            "--out",
            run());
    String table = Files.readString(run().resolve("table.md"));
    assertTrue(done.succeeded().out().contains(table.strip()), done.out());
    assertEquals(11, table.lines().count());
    assertTrue(table.startsWith("| task | loss | blind | gru | orthogonal |\n"), table);
    assertEquals(3 * 520, ImageIO.read(run().resolve("tasks.png").toFile()).getWidth());
  }

  @Test
  void learnsParityAndCountsWhatIsWrong() {
    String command =
        "tasks --tasks parity --cells gru --seeds 1 --steps 300 --length 10 --hidden 24"
            + " --learning-rate 0.02 --out";
    List<Object> arguments = new ArrayList<>(List.of(command.split(" ", -1)));
    arguments.add(run());
    Cli done = Cli.run(arguments.toArray());
    assertTrue(done.succeeded().out().contains(", 0 % wrong"), done.out());
  }

  @Test
  void aRunThatGoesOnGivesWhatAnUndisturbedOneGives() throws IOException {
    Object[] options = {"--steps", 3, "--length", 10, "--tasks", "adding,echo", "--cells", "gru"};
    tasks(with(options, "--seeds", 2, "--out", folder.resolve("whole"))).succeeded();
    tasks(with(options, "--seeds", 1, "--out", run())).succeeded();
    Cli.run("tasks", "--seeds", 2, "--resume", run()).succeeded();
    assertEquals(
        Files.readString(folder.resolve("whole/table.md")),
        Files.readString(run().resolve("table.md")));
  }

  @Test
  void aRunGoesOnWithItsOwnOptionsAndTheLatestChoiceOfTrials() throws IOException {
    one("--cells", "gru", "--tasks", "adding,echo", "--learning-rate", 0.02).succeeded();
    Cli.run("tasks", "--resume", run(), "--cells", "gru,ran", "--seeds", 2).succeeded();
    List<String> rows = Files.readAllLines(run().resolve("outcomes.csv"));
    assertEquals(1 + 2 * 2 * 2, rows.size());
    String table = Files.readString(run().resolve("table.md"));
    Cli.run("tasks", "--resume", run()).succeeded();
    assertEquals(rows, Files.readAllLines(run().resolve("outcomes.csv")));
    assertEquals(table, Files.readString(run().resolve("table.md")));
  }

  @Test
  void aRunGoesOnOnAnyBackend() {
    one("--backend", "reference").succeeded();
    Cli.run("tasks", "--resume", run(), "--seeds", 2).succeeded();
  }

  @Test
  void aRunDoesNotGoOnWithOtherOptions() throws IOException {
    one().succeeded();
    String before = Files.readString(run().resolve("config.json"));
    Object[] others = {"--steps", 2, "--hidden", 8, "--length", 11, "--learning-rate", 0.5};
    assertTrue(
        Cli.run(with(new Object[] {"tasks", "--resume", run()}, others))
            .failedWith(1)
            .endsWith(
                "config.json is of a run with --steps 1, --length 20, --learning-rate 0.01; it"
                    + " can't go on with --steps 2, --length 11, --learning-rate 0.5"));
    assertEquals(before, Files.readString(run().resolve("config.json")));
  }

  @Test
  void whatIsNoRunOfTasksDoesNotGoOn() throws IOException {
    Path other = Files.createDirectories(folder.resolve("other"));
    Path configuration = other.resolve("config.json");
    assertTrue(tasks("--resume", other).failedWith(1).endsWith("there is no such file"));
    Files.writeString(configuration, "{\n  \"command\" : \"char-lm\"\n}\n");
    assertTrue(
        tasks("--resume", other)
            .failedWith(1)
            .endsWith("config.json: this is a run of char-lm, not of tasks"));
    for (String text : List.of("nonsense", "{\"command\" : [1]}", "[]", "{", "")) {
      Files.writeString(configuration, text);
      assertTrue(
          tasks("--resume", other)
              .failedWith(1)
              .endsWith("config.json: this is no configuration of a run"));
    }
    one().succeeded();
    String good = Files.readString(run().resolve("config.json"));
    Files.writeString(run().resolve("config.json"), good.replace("\"gru\"", "\"lstn\""));
    assertTrue(
        Cli.run("tasks", "--resume", run())
            .failedWith(1)
            .contains("config.json: the run's options have no meaning: the cell 'lstn'"));
  }

  /** A run of one trial, or of others as asked. */
  private Cli one(Object... more) {
    Map<Object, Object> options = new LinkedHashMap<>();
    options.put("--tasks", "adding");
    options.put("--cells", "gru");
    options.put("--seeds", 1);
    options.put("--steps", 1);
    for (int i = 0; i < more.length; i += 2) {
      options.put(more[i], more[i + 1]);
    }
    options.put("--out", run());
    return tasks(options.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toArray());
  }

  private static Object[] with(Object[] options, Object... more) {
    List<Object> all = new ArrayList<>(List.of(options));
    all.addAll(List.of(more));
    return all.toArray();
  }

  @Test
  void namesThatStandTwiceCountOnce() throws IOException {
    tasks("--tasks=adding,adding", "--cells=gru,GRU", "--seeds=1", "--steps=1", "--out", run())
        .succeeded();
    List<String> table = Files.readAllLines(run().resolve("table.md"));
    assertEquals("| task | loss | blind | gru |", table.getFirst());
    assertEquals(3, table.size());
  }

  @Test
  void refusesWhatItCannotDo() throws IOException {
    assertTrue(tasks("--cells", "lstn").failedWith(2).contains("the cell 'lstn' is unknown"));
    assertTrue(tasks("--tasks", "sorting").failedWith(2).contains("the task 'sorting' is unknown"));
    assertTrue(
        tasks("--length", 3).failedWith(2).contains("--length must be 10 to 1000000, not 3"));
    assertTrue(tasks("--tasks", ",").failedWith(2).contains("--tasks must be one or more"));
    assertTrue(tasks("--cells", ",").failedWith(2).contains("--cells must be one or more"));
    assertTrue(tasks("--seed", Long.MAX_VALUE).failedWith(2).contains("--seed must be so small"));
    one().succeeded();
    assertTrue(tasks("--out", run()).failedWith(1).contains("already holds a run"));
    Files.write(run().resolve("outcomes.csv"), new byte[] {(byte) 0xFF});
    assertTrue(tasks("--steps", 1, "--resume", run()).failedWith(1).endsWith("is not UTF-8 text"));
    Files.writeString(run().resolve("outcomes.csv"), "nonsense\n");
    assertTrue(tasks("--steps", 1, "--resume", run()).failedWith(1).contains("no table of trials"));
  }
}
