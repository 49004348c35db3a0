package org.tapeloop.examples.tasks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.files.WholeFile;

/** The looks of all trials, kept in a file that has a row for each. */
final class Outcomes {
  private static final String HEADER = "task,cell,seed,step,loss,wrong";

  private final Path file;
  private final Map<Trial.Name, List<Trial.Look>> all = new LinkedHashMap<>();

  /**
   * Those that a file holds, if there is one.
   *
   * @throws Failure if it cannot be read, or is something else
   */
  Outcomes(Path file) {
    this.file = file;
    if (!Files.exists(file)) {
      return;
    }
    List<String> rows;
    try {
      rows = Files.readAllLines(file);
    } catch (IOException e) {
      throw Failure.to("read " + file, e);
    }
    if (rows.isEmpty() || !rows.getFirst().equals(HEADER)) {
      throw new Failure(file + ": this is no table of trials");
    }
    rows.subList(1, rows.size()).forEach(this::read);
  }

  private void read(String row) {
    String[] cells = row.split(",", -1);
    try {
      Trial.Name name = new Trial.Name(cells[0], cells[1], Long.parseLong(cells[2]));
      Trial.Look look =
          new Trial.Look(
              Integer.parseInt(cells[3]),
              Double.parseDouble(cells[4]),
              Double.parseDouble(cells[5]));
      all.computeIfAbsent(name, n -> new ArrayList<>()).add(look);
    } catch (IndexOutOfBoundsException | NumberFormatException e) {
      throw new Failure("%s: '%s' is no row of a table of trials".formatted(file, row), e);
    }
  }

  /** Whether a trial is there. */
  boolean has(Trial.Name name) {
    return all.containsKey(name);
  }

  /** Adds a trial. The file is replaced as a whole, so that it never holds a part of one. */
  void add(Trial.Name name, List<Trial.Look> looks) {
    all.put(name, List.copyOf(looks));
    StringBuilder rows = new StringBuilder(HEADER).append('\n');
    all.forEach((of, each) -> each.forEach(look -> rows.append(row(of, look)).append('\n')));
    WholeFile.write(file, rows.toString());
  }

  private static String row(Trial.Name name, Trial.Look look) {
    return "%s,%s,%d,%d,%s,%s"
        .formatted(name.task(), name.cell(), name.seed(), look.step(), look.loss(), look.wrong());
  }

  /** The looks of each trial of a cell on a task. */
  List<List<Trial.Look>> of(String task, String cell) {
    return all.entrySet().stream()
        .filter(e -> e.getKey().task().equals(task) && e.getKey().cell().equals(cell))
        .map(Map.Entry::getValue)
        .toList();
  }
}
