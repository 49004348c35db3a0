package org.tapeloop.examples.tasks;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tapeloop.examples.experiment.EventFile;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.files.WholeFile;

/**
 * The looks of all trials, kept in the folder of a run: {@code outcomes.csv} and {@code
 * outcomes.jsonl} have a row for each, and {@code events} is a folder for TensorBoard.
 */
final class Outcomes {
  private static final String HEADER = "task,cell,seed,step,loss,wrong";
  private static final double MILLIS = 1e3;

  private final Path folder;
  private final Path file;
  private final Map<Trial.Name, List<Trial.Look>> all = new LinkedHashMap<>();

  /**
   * Those that a folder holds, if there are any.
   *
   * @param steps of each trial
   * @throws Failure if they cannot be read, or are something else
   */
  Outcomes(Path folder, int steps) {
    this.folder = folder;
    file = folder.resolve("outcomes.csv");
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
    all.forEach((name, looks) -> requireWhole(name, looks.getLast(), steps));
  }

  private void requireWhole(Trial.Name name, Trial.Look last, int steps) {
    if (last.step() != steps) {
      throw new Failure(
          "%s: the trial %s ends after step %d, not %d".formatted(file, name, last.step(), steps));
    }
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

  /** Adds a trial. Files are replaced as a whole, so that they never hold a part of one. */
  void add(Trial.Name name, List<Trial.Look> looks) {
    all.put(name, List.copyOf(looks));
    StringBuilder rows = new StringBuilder(HEADER).append('\n');
    StringBuilder lines = new StringBuilder();
    all.forEach(
        (of, each) ->
            each.forEach(
                look -> {
                  rows.append(row(of, look)).append('\n');
                  lines.append(line(of, look)).append('\n');
                }));
    writeEvents(name, looks);
    WholeFile.write(folder.resolve("outcomes.jsonl"), lines.toString());
    // The last: what it holds is not run again.
    WholeFile.write(file, rows.toString());
  }

  private static String row(Trial.Name name, Trial.Look look) {
    return "%s,%s,%d,%d,%s,%s"
        .formatted(name.task(), name.cell(), name.seed(), look.step(), look.loss(), look.wrong());
  }

  private static String line(Trial.Name name, Trial.Look look) {
    return "{\"task\": \"%s\", \"cell\": \"%s\", \"seed\": %d, \"step\": %d, \"loss\": %s, \"wrong\": %s}"
        .formatted(
            name.task(),
            name.cell(),
            name.seed(),
            look.step(),
            json(look.loss()),
            json(look.wrong()));
  }

  /** JSON has no word for what is no number. */
  private static String json(double value) {
    return Double.isFinite(value) ? Double.toString(value) : "null";
  }

  /** A cell with a seed is what TensorBoard calls a run; each task has its curves in it. */
  private void writeEvents(Trial.Name name, List<Trial.Look> looks) {
    Path run = folder.resolve("events").resolve(name.cell() + "-" + name.seed());
    double now = System.currentTimeMillis() / MILLIS;
    ByteArrayOutputStream events = new ByteArrayOutputStream();
    events.writeBytes(EventFile.opening(now));
    for (Trial.Look look : looks) {
      Map<String, Double> values = new LinkedHashMap<>();
      values.put(name.task() + "/loss", look.loss());
      if (!Double.isNaN(look.wrong())) {
        values.put(name.task() + "/wrong", look.wrong());
      }
      events.writeBytes(EventFile.scalars(now, look.step(), values));
    }
    try {
      Files.createDirectories(run);
    } catch (IOException e) {
      throw Failure.to("make the folder " + run, e);
    }
    WholeFile.write(run.resolve("events.out.tfevents." + name.task()), events.toByteArray());
  }

  /** The looks of each trial of a cell on a task. */
  List<List<Trial.Look>> of(String task, String cell) {
    return all.entrySet().stream()
        .filter(e -> e.getKey().task().equals(task) && e.getKey().cell().equals(cell))
        .map(Map.Entry::getValue)
        .toList();
  }
}
