package org.tapeloop.examples.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tapeloop.examples.cell.CellKind;
import org.tapeloop.examples.files.Failure;

/** Trials, and what is kept of them. */
class TrialTest {
  private static final int STEPS = 40;

  @TempDir private Path folder;

  private final Task task = Tasks.all(10).getFirst();

  private List<Trial.Look> looks() {
    var settings = new Trial.Settings(4, STEPS, 2, 0.01);
    return Trial.run(task, CellKind.named("gru"), settings, 1, (step, loss) -> true).orElseThrow();
  }

  @Test
  void endsAfterTheStepAtWhichItsFollowerSaysSo() {
    var settings = new Trial.Settings(4, STEPS, 2, 0.01);
    List<OptionalDouble> losses = new ArrayList<>();
    var outcome =
        Trial.run(
            task,
            CellKind.named("gru"),
            settings,
            1,
            (step, loss) -> {
              losses.add(loss);
              return step < 3;
            });
    assertTrue(outcome.isEmpty());
    assertEquals(3, losses.size());
    assertTrue(losses.getFirst().isEmpty(), "a loss before the first look");
    assertTrue(losses.getLast().isPresent(), "no loss after the first look");
  }

  @Test
  void aTrialIsKeptAsTableAndAsJsonLinesAndForTensorBoard() throws IOException {
    List<Trial.Look> looks = looks();
    Trial.Name name = new Trial.Name(task.name(), "gru", 1);
    new Outcomes(folder, STEPS).add(name, looks);

    assertEquals(List.of(looks), new Outcomes(folder, STEPS).of(task.name(), "gru"));
    List<String> lines = Files.readAllLines(folder.resolve("outcomes.jsonl"));
    assertEquals(looks.size(), lines.size());
    assertEquals(
        "{\"task\": \"%s\", \"cell\": \"gru\", \"seed\": 1, \"step\": %d, \"loss\": %s, \"wrong\": null}"
            .formatted(task.name(), STEPS, looks.getLast().loss()),
        lines.getLast());
    Path events = folder.resolve("events/gru-1/events.out.tfevents." + task.name());
    String content = Files.readString(events, StandardCharsets.ISO_8859_1);
    assertEquals(looks.size(), content.split(task.name() + "/loss", -1).length - 1);
  }

  @Test
  void aTableThatWasCutShortIsRefused() throws IOException {
    Trial.Name name = new Trial.Name(task.name(), "gru", 1);
    new Outcomes(folder, STEPS).add(name, looks());
    Path table = folder.resolve("outcomes.csv");
    List<String> rows = Files.readAllLines(table);
    Files.write(table, rows.subList(0, rows.size() - 3));
    Failure failure = assertThrows(Failure.class, () -> new Outcomes(folder, STEPS));
    assertEquals(
        "%s: the trial %s ends after step 34, not 40".formatted(table, name), failure.getMessage());
  }
}
