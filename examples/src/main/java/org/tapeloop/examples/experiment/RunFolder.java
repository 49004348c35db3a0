package org.tapeloop.examples.experiment;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.files.WholeFile;

/** The folder that a run leaves: checkpoint, metrics, samples, picture and configuration. */
public final class RunFolder {
  private static final String CHECKPOINT = "checkpoint.safetensors";
  private static final String METRICS = "metrics.csv";

  /** Opens a sample; the number of steps follows. */
  private static final String SAMPLE_HEADING = "==== steps: ";

  private final Path path;

  /** A folder that may not be there yet. */
  public RunFolder(Path path) {
    this.path = path;
  }

  /** The first of {@code parent/name-1}, {@code parent/name-2}, ... that is not there. */
  public static RunFolder next(Path parent, String name) {
    int number = 1;
    while (Files.exists(parent.resolve(name + "-" + number))) {
      number++;
    }
    return new RunFolder(parent.resolve(name + "-" + number));
  }

  /**
   * The checkpoint that a path names: itself, or the one in the folder of a run.
   *
   * @throws Failure if there is none
   */
  public static Path checkpointOf(Path folderOrCheckpoint) {
    Path file =
        Files.isDirectory(folderOrCheckpoint)
            ? folderOrCheckpoint.resolve(CHECKPOINT)
            : folderOrCheckpoint;
    if (!Files.exists(file)) {
      throw new Failure(folderOrCheckpoint + ": there is no checkpoint of a run here");
    }
    return file;
  }

  /**
   * Makes the folder for a new run, and sees that files can be written there.
   *
   * @throws Failure if they cannot, or the folder already holds a run
   */
  public void create() {
    if (Files.exists(checkpoint())) {
      throw new Failure(
          "%s already holds a run: continue it with --resume %s, or choose another --out"
              .formatted(path, path));
    }
    try {
      Files.createDirectories(path);
    } catch (IOException e) {
      throw Failure.to("make the folder " + path, e);
    }
    WholeFile.write(path.resolve(METRICS), MetricsRow.header() + "\n");
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  /** The latest checkpoint. */
  public Path checkpoint() {
    return path.resolve(CHECKPOINT);
  }

  /** The files of a finished run. */
  public List<Path> files() {
    return List.of(checkpoint(), metrics(), samples(), chart(), configuration());
  }

  /** The metrics, as comma-separated values. */
  public Path metrics() {
    return path.resolve(METRICS);
  }

  /** What the model made up during training. */
  public Path samples() {
    return path.resolve("samples.txt");
  }

  /** The picture of the loss. */
  public Path chart() {
    return path.resolve("loss.png");
  }

  /** The configuration, for a person. */
  public Path configuration() {
    return path.resolve("config.json");
  }

  /** Writes the configuration as a JSON object of texts. */
  public void writeConfiguration(Map<String, String> configuration) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.useDefaultPrettyPrinter().writeStartObject();
      for (var entry : configuration.entrySet()) {
        json.writeStringField(entry.getKey(), entry.getValue());
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw Failure.to("write " + configuration(), e);
    }
    WholeFile.write(configuration(), text + "\n");
  }

  /** Adds a row to the metrics. */
  void append(MetricsRow row) {
    append(metrics(), row.toCsv() + "\n");
  }

  /** Replaces all rows of the metrics. */
  void rewrite(List<MetricsRow> rows) {
    StringBuilder text = new StringBuilder(MetricsRow.header()).append('\n');
    rows.forEach(row -> text.append(row.toCsv()).append('\n'));
    WholeFile.write(metrics(), text.toString());
  }

  /** Adds a sample. */
  void appendSample(long step, String sample) {
    append(samples(), SAMPLE_HEADING + step + "\n" + sample.strip() + "\n\n");
  }

  private static void append(Path file, String text) {
    try {
      Files.writeString(
          file, text, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw Failure.to("write " + file, e);
    }
  }

  /** Drops samples after a step, of training that a resumed run repeats. */
  void keepSamplesUpTo(long step) {
    if (!Files.exists(samples())) {
      return;
    }
    StringBuilder kept = new StringBuilder();
    try {
      for (String line : Files.readAllLines(samples())) {
        if (line.startsWith(SAMPLE_HEADING)
            && Long.parseLong(line.substring(SAMPLE_HEADING.length())) > step) {
          break;
        }
        kept.append(line).append('\n');
      }
    } catch (IOException e) {
      throw Failure.to("read " + samples(), e);
    } catch (NumberFormatException e) {
      // A crash cut the heading short; it is of a step that will be repeated.
    }
    WholeFile.write(samples(), kept.toString());
  }

  /**
   * The rows of the metrics up to a step; later ones, of training that a resumed run repeats, are
   * dropped from the file.
   */
  List<MetricsRow> rowsUpTo(long step) {
    List<MetricsRow> rows = new ArrayList<>();
    if (Files.exists(metrics())) {
      try {
        List<String> lines = Files.readAllLines(metrics());
        for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
          MetricsRow row = MetricsRow.parse(line);
          if (row.step() <= step) {
            rows.add(row);
          }
        }
      } catch (IOException e) {
        throw Failure.to("read " + metrics(), e);
      } catch (IllegalArgumentException e) {
        // A crash cut the last line short; it is of a step that will be repeated.
      }
    }
    rewrite(rows);
    return rows;
  }
}
