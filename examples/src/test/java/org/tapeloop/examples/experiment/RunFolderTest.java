package org.tapeloop.examples.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tapeloop.examples.files.Failure;

final class RunFolderTest {
  @TempDir private Path parent;

  private static MetricsRow row(long step, OptionalDouble validation) {
    return new MetricsRow(step, step * 0.125, 0.1 / 3, Math.PI / step, validation, 1e-30, 1234.5);
  }

  private static Report report(RunFolder folder, long step) {
    return new Report(folder, Metric.BITS_PER_CHARACTER, step);
  }

  @Test
  void allThreeFormsOfTheMetricsSayTheSame() throws IOException {
    RunFolder folder = new RunFolder(parent.resolve("run"));
    folder.create();
    Report report = report(folder, 0);
    report.add(row(1, OptionalDouble.of(Math.log(2))));
    report.add(row(2, OptionalDouble.empty()));
    report.replaceLastValidation(Math.log(4));

    var lines = Files.readAllLines(folder.metricLines());
    assertEquals(
        "{\"step\": 2, \"seconds\": 0.250, \"learning_rate\": 0.03333333333333333, \"train_loss\":"
            + " 1.5707963267948966, \"validation_loss\": 1.3862943611198906, \"gradient_norm\":"
            + " 1.0E-30, \"units_per_second\": 1234.5}",
        lines.getLast());
    var events = EventFileTest.records(Files.readAllBytes(folder.events()));
    assertEquals(3, events.size());
    assertEquals(1f, EventFileTest.scalars(events.get(1)).get("bits per character/validation"));
    assertEquals(2f, EventFileTest.scalars(events.get(2)).get("bits per character/validation"));
    assertEquals(report.rows(), report(folder, 2).rows());
  }

  @Test
  void firstFreeNumberIsTaken() throws IOException {
    assertEquals(parent.resolve("x-1"), RunFolder.next(parent, "x").path());
    Files.createDirectories(parent.resolve("x-1"));
    assertEquals(parent.resolve("x-2"), RunFolder.next(parent, "x").path());
  }

  @Test
  void pathWithSpacesIsQuotedOnACommandLine() {
    assertEquals("runs/char-lm-1", new RunFolder(Path.of("runs/char-lm-1")).word());
    assertEquals("\"my runs/1\"", new RunFolder(Path.of("my runs/1")).word());
  }

  @Test
  void rowsComeBackAsTheyWere() {
    RunFolder folder = new RunFolder(parent.resolve("run"));
    folder.create();
    var rows = List.of(row(5, OptionalDouble.empty()), row(10, OptionalDouble.of(2.0 / 3)));
    Report report = report(folder, 0);
    rows.forEach(report::add);
    assertEquals(rows, report(folder, 10).rows());
  }

  @Test
  void rowsOfStepsToBeRepeatedAreDropped() throws IOException {
    RunFolder folder = new RunFolder(parent.resolve("run"));
    folder.create();
    Report report = report(folder, 0);
    for (long step = 1; step <= 4; step++) {
      report.add(row(step, OptionalDouble.empty()));
    }
    assertEquals(2, report(folder, 2).rows().size());
    assertEquals(3, Files.readAllLines(folder.metrics()).size());
    assertEquals(2, Files.readAllLines(folder.metricLines()).size());
    assertEquals(3, EventFileTest.records(Files.readAllBytes(folder.events())).size());
  }

  @Test
  void lineThatACrashCutShortIsDropped() throws IOException {
    RunFolder folder = new RunFolder(parent.resolve("run"));
    folder.create();
    report(folder, 0).add(row(1, OptionalDouble.empty()));
    Files.writeString(folder.metrics(), "2,0.25,0.0", StandardOpenOption.APPEND);
    assertEquals(List.of(row(1, OptionalDouble.empty())), report(folder, 9).rows());
    assertTrue(Files.readString(folder.metrics()).endsWith("\n"));
  }

  @Test
  void folderThatHoldsARunIsNotUsedForAnother() throws IOException {
    RunFolder folder = new RunFolder(parent);
    Files.createFile(folder.checkpoint());
    var failure = assertThrows(Failure.class, folder::create);
    assertTrue(failure.getMessage().contains("already holds a run"), failure.getMessage());
  }

  @Test
  void filesThatNoRunHasWrittenAreNotReplaced() throws IOException {
    RunFolder folder = new RunFolder(parent);
    Files.writeString(folder.configuration(), "{\"port\": 80}\n");
    var failure = assertThrows(Failure.class, folder::create);
    assertEquals(
        "%s is there already, and a run would replace it: choose another --out"
            .formatted(folder.configuration()),
        failure.getMessage());
    assertEquals("{\"port\": 80}\n", Files.readString(folder.configuration()));
    assertTrue(Files.notExists(folder.metrics()));
  }

  @Test
  void aRunThatSavedNothingMayBeginAgain() throws IOException {
    RunFolder folder = new RunFolder(parent);
    folder.create();
    RunFolder.writeJson(folder.configuration(), Map.of("command", "char-lm"));
    folder.create();
    assertTrue(Files.exists(folder.metrics()));
  }

  @Test
  void folderThatCannotBeMadeIsOneLine() throws IOException {
    Path file = Files.createFile(parent.resolve("file"));
    var failure = assertThrows(Failure.class, () -> new RunFolder(file.resolve("run")).create());
    assertTrue(failure.getMessage().startsWith("cannot make the folder"), failure.getMessage());
  }
}
