package org.tapeloop.examples.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tapeloop.examples.files.Failure;

final class RunFolderTest {
  @TempDir private Path parent;

  private static MetricsRow row(long step, OptionalDouble validation) {
    return new MetricsRow(step, step * 0.125, 0.1 / 3, Math.PI / step, validation, 1e-30, 1234.5);
  }

  @Test
  void firstFreeNumberIsTaken() throws IOException {
    assertEquals(parent.resolve("x-1"), RunFolder.next(parent, "x").path());
    Files.createDirectories(parent.resolve("x-1"));
    assertEquals(parent.resolve("x-2"), RunFolder.next(parent, "x").path());
  }

  @Test
  void rowsComeBackAsTheyWere() {
    RunFolder folder = new RunFolder(parent.resolve("run"));
    folder.create();
    var rows = List.of(row(5, OptionalDouble.empty()), row(10, OptionalDouble.of(2.0 / 3)));
    rows.forEach(folder::append);
    assertEquals(rows, folder.rowsUpTo(10));
  }

  @Test
  void rowsOfStepsToBeRepeatedAreDropped() throws IOException {
    RunFolder folder = new RunFolder(parent.resolve("run"));
    folder.create();
    for (long step = 1; step <= 4; step++) {
      folder.append(row(step, OptionalDouble.empty()));
    }
    assertEquals(2, folder.rowsUpTo(2).size());
    assertEquals(3, Files.readAllLines(folder.metrics()).size());
  }

  @Test
  void lineThatACrashCutShortIsDropped() throws IOException {
    RunFolder folder = new RunFolder(parent.resolve("run"));
    folder.create();
    folder.append(row(1, OptionalDouble.empty()));
    Files.writeString(folder.metrics(), "2,0.25,0.0", StandardOpenOption.APPEND);
    assertEquals(List.of(row(1, OptionalDouble.empty())), folder.rowsUpTo(9));
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
  void folderThatCannotBeMadeIsOneLine() throws IOException {
    Path file = Files.createFile(parent.resolve("file"));
    var failure = assertThrows(Failure.class, () -> new RunFolder(file.resolve("run")).create());
    assertTrue(failure.getMessage().startsWith("cannot make the folder"), failure.getMessage());
  }
}
