package org.tapeloop.examples.experiment;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.files.WholeFile;

/** The folder that a run leaves: where its checkpoints, metrics, samples and pictures are. */
public final class RunFolder {
  private static final String CHECKPOINT = "checkpoint.safetensors";
  private static final String BEST = "best.safetensors";

  /** Stands in the configuration of every run. */
  private static final String COMMAND_ENTRY = "\"command\" : \"";

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
   * The checkpoint from which a run goes on: the path itself, or the one in the folder of a run.
   *
   * @throws Failure if there is none
   */
  public static Path checkpointOf(Path folderOrCheckpoint) {
    return find(folderOrCheckpoint, List.of(CHECKPOINT));
  }

  /**
   * The checkpoint of a run's best model: the path itself, or the one in the folder of a run.
   *
   * @throws Failure if there is none
   */
  public static Path bestOf(Path folderOrCheckpoint) {
    return find(folderOrCheckpoint, List.of(BEST, CHECKPOINT));
  }

  private static Path find(Path folderOrCheckpoint, List<String> names) {
    List<Path> files =
        Files.isDirectory(folderOrCheckpoint)
            ? names.stream().map(folderOrCheckpoint::resolve).toList()
            : List.of(folderOrCheckpoint);
    return files.stream()
        .filter(Files::exists)
        .findFirst()
        .orElseThrow(
            () -> new Failure(folderOrCheckpoint + ": there is no checkpoint of a run here"));
  }

  /**
   * Makes the folder for a new run, and sees that files can be written there.
   *
   * @throws Failure if they cannot, or the folder already holds a run, or other files that a run
   *     would replace
   */
  public void create() {
    if (Files.exists(checkpoint())) {
      throw new Failure(
          "%s already holds a run: continue it with --resume %s, or choose another --out"
              .formatted(path, word()));
    }
    // A run that was killed before it saved anything may begin again in its folder.
    if (!files().isEmpty() && !isConfigured()) {
      throw new Failure(
          "%s is there already, and a run would replace it: choose another --out"
              .formatted(files().getFirst()));
    }
    try {
      Files.createDirectories(path);
    } catch (IOException e) {
      throw Failure.to("make the folder " + path, e);
    }
    WholeFile.write(metrics(), MetricsRow.header() + "\n");
  }

  /** Whether a run has written its configuration here. */
  private boolean isConfigured() {
    try {
      return Files.exists(configuration())
          && Files.readString(configuration()).contains(COMMAND_ENTRY);
    } catch (IOException e) {
      // Not readable as text, so not written by a run.
      return false;
    }
  }

  /** Where it is, as a word of a command line that a person may copy. */
  public String word() {
    String text = path.toString();
    return text.matches("[\\w@%+=:,./\\\\-]+") ? text : '"' + text + '"';
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  /** The latest checkpoint. */
  public Path checkpoint() {
    return path.resolve(CHECKPOINT);
  }

  /** The checkpoint with the best validation. */
  public Path best() {
    return path.resolve(BEST);
  }

  /** The files of a finished run, the important ones first. */
  public List<Path> files() {
    return List.of(
            best(),
            checkpoint(),
            chart(),
            path.resolve("attention.png"),
            samples(),
            metrics(),
            metricLines(),
            events(),
            configuration(),
            result())
        .stream()
        .filter(Files::exists)
        .toList();
  }

  /** The metrics, as comma-separated values. */
  public Path metrics() {
    return path.resolve("metrics.csv");
  }

  /** The metrics, as JSON objects on a line each. */
  public Path metricLines() {
    return path.resolve("metrics.jsonl");
  }

  /** The metrics, for TensorBoard. */
  public Path events() {
    return path.resolve("events.out.tfevents.tapeloop");
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

  /** What came of the run; there once it has ended. */
  public Path result() {
    return path.resolve("result.json");
  }

  /**
   * The texts of a configuration.
   *
   * @throws Failure if it cannot be read, or is something else
   */
  public static Map<String, String> readConfiguration(Path file) {
    try (JsonParser json = new JsonFactory().createParser(Files.readAllBytes(file))) {
      return texts(json);
    } catch (JsonProcessingException e) {
      throw new Failure(file + ": this is no configuration of a run", e);
    } catch (IOException e) {
      throw Failure.to("read " + file, e);
    }
  }

  private static Map<String, String> texts(JsonParser json) throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw new JsonParseException(json, "no object");
    }
    Map<String, String> texts = new LinkedHashMap<>();
    for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
      String text = json.nextTextValue();
      if (text == null) {
        throw new JsonParseException(json, key + " is no text");
      }
      texts.put(key, text);
    }
    return texts;
  }

  /** Writes texts and numbers as a JSON object. */
  public static void writeJson(Path file, Map<String, ?> values) {
    WholeFile.write(file, json(values));
  }

  /** Texts and numbers as a JSON object. */
  public static String json(Map<String, ?> values) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.useDefaultPrettyPrinter().writeStartObject();
      for (var entry : values.entrySet()) {
        json.writeFieldName(entry.getKey());
        switch (entry.getValue()) {
          case Long whole -> json.writeNumber(whole);
          case Double number when Double.isFinite(number) -> json.writeNumber(number);
          case Object other -> json.writeString(other.toString());
        }
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("memory is written to without failing", e);
    }
    return text + "\n";
  }
}
