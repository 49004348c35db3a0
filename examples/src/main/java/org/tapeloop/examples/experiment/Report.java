package org.tapeloop.examples.experiment;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.files.WholeFile;

/** The metrics and samples in a run's folder, which grow as it goes. */
final class Report {
  private static final double MILLIS = 1e3;

  /** Opens a sample; the number of steps follows. */
  private static final String SAMPLE_HEADING = "==== steps: ";

  private final RunFolder folder;
  private final Metric metric;
  private final List<MetricsRow> rows;

  /**
   * The report up to a step. What is there of later ones, of training that a resumed run repeats,
   * is dropped.
   */
  Report(RunFolder folder, Metric metric, long step) {
    this.folder = folder;
    this.metric = metric;
    rows = readUpTo(step);
    rewrite();
    keepSamplesUpTo(step);
  }

  /** The rows of the metrics so far. */
  List<MetricsRow> rows() {
    return rows;
  }

  /** Adds a row to the metrics. */
  void add(MetricsRow row) {
    rows.add(row);
    append(folder.metrics(), bytes(row.toCsv() + "\n"));
    append(folder.metricLines(), bytes(row.toJson() + "\n"));
    append(folder.events(), EventFile.scalars(wallTime(row), row.step(), row.scalars(metric)));
  }

  /** Puts another validation into the last row. */
  void replaceLastValidation(double loss) {
    if (!rows.isEmpty()) {
      rows.add(rows.removeLast().validated(loss));
      rewrite();
    }
  }

  private void rewrite() {
    StringBuilder table = new StringBuilder(MetricsRow.header()).append('\n');
    StringBuilder lines = new StringBuilder();
    ByteArrayOutputStream events = new ByteArrayOutputStream();
    events.writeBytes(EventFile.opening(now()));
    for (MetricsRow row : rows) {
      table.append(row.toCsv()).append('\n');
      lines.append(row.toJson()).append('\n');
      events.writeBytes(EventFile.scalars(wallTime(row), row.step(), row.scalars(metric)));
    }
    WholeFile.write(folder.metrics(), table.toString());
    WholeFile.write(folder.metricLines(), lines.toString());
    WholeFile.write(folder.events(), events.toByteArray());
  }

  /** When a row was measured, as if the run had never been broken off. */
  private double wallTime(MetricsRow row) {
    return now() - (rows.isEmpty() ? 0 : rows.getLast().seconds() - row.seconds());
  }

  private static double now() {
    return System.currentTimeMillis() / MILLIS;
  }

  private List<MetricsRow> readUpTo(long step) {
    List<MetricsRow> read = new ArrayList<>();
    if (Files.exists(folder.metrics())) {
      try {
        List<String> lines = Files.readAllLines(folder.metrics());
        for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
          MetricsRow row = MetricsRow.parse(line);
          if (row.step() <= step) {
            read.add(row);
          }
        }
      } catch (IOException e) {
        throw Failure.to("read " + folder.metrics(), e);
      } catch (IllegalArgumentException e) {
        // A crash cut the last line short; it is of a step that will be repeated.
      }
    }
    return read;
  }

  /** Adds a sample. */
  void addSample(long step, String sample) {
    append(folder.samples(), bytes(SAMPLE_HEADING + step + "\n" + sample.strip() + "\n\n"));
  }

  /** Drops the samples of later steps. */
  void keepSamplesUpTo(long step) {
    if (!Files.exists(folder.samples())) {
      return;
    }
    StringBuilder kept = new StringBuilder();
    try {
      for (String line : Files.readAllLines(folder.samples())) {
        if (line.startsWith(SAMPLE_HEADING)
            && Long.parseLong(line.substring(SAMPLE_HEADING.length())) > step) {
          break;
        }
        kept.append(line).append('\n');
      }
    } catch (IOException e) {
      throw Failure.to("read " + folder.samples(), e);
    } catch (NumberFormatException e) {
      // A crash cut the heading short; it is of a step that will be repeated.
    }
    WholeFile.write(folder.samples(), kept.toString());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void append(Path file, byte[] bytes) {
    try {
      Files.write(file, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw Failure.to("write " + file, e);
    }
  }
}
