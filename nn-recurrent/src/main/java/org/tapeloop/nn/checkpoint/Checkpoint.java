package org.tapeloop.nn.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.nn.safetensors.SafeTensorsFile;
import org.tapeloop.nn.safetensors.SafeTensorsWriter;
import org.tapeloop.nn.safetensors.StoredTensor;
import org.tapeloop.nn.text.Tokenizer;

/**
 * A training run at one moment: an immutable value that can be written to a file and read from one.
 *
 * <pre>{@code
 * run.capture().withConfiguration(options).withCounter("step", step).withCarried(state).write(path);
 *
 * Checkpoint checkpoint = Checkpoint.read(path);
 * Model model = build(checkpoint.configuration());
 * ...
 * run.restore(checkpoint);
 * }</pre>
 *
 * <p>The file is a safetensors file. Parameters stand in it under their own names, so other
 * programs can load them; {@code optimizer/NAME/...} is optimisers' state, {@code part/NAME/...}
 * that of other parts, and {@code carried/K} the carried state; configuration, counters, generators
 * and tokenisers are in the metadata, with a checksum over all.
 *
 * @see TrainingRun
 */
public final class Checkpoint {
  private static final String FORMAT_KEY = "format";
  private static final String FORMAT = "tapeloop-checkpoint-1";
  private static final String CHECKSUM = "checksum";
  private static final String SEPARATOR = "/";
  private static final String CARRIED = "carried/";
  private static final String CONFIGURATION = "configuration/";
  private static final String COUNTER = "counter/";
  private static final String GENERATOR = "generator/";
  private static final String TOKENIZER = "tokenizer/";

  private final String source;
  private final Map<String, Tensor> tensors;
  private final Map<String, String> lines;

  private Checkpoint(String source, Map<String, Tensor> tensors, Map<String, String> lines) {
    this.source = source;
    this.tensors = Collections.unmodifiableMap(tensors);
    this.lines = Collections.unmodifiableMap(lines);
  }

  /** A checkpoint of parameters alone. */
  static Checkpoint of(Map<String, Tensor> parameters) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    parameters.forEach(
        (name, value) -> {
          requirePlain("parameter", name);
          tensors.put(name, value.detach());
        });
    return new Checkpoint("checkpoint", tensors, new LinkedHashMap<>());
  }

  /** A name with a separator could be that of something inside another part. */
  static void requirePlain(String what, String name) {
    if (name.contains(SEPARATOR)) {
      throw new IllegalArgumentException(
          "checkpoint: the name of a %s must have no '/': '%s'".formatted(what, name));
    }
  }

  // ---- what it holds ----

  /** The parameters by name. */
  public Map<String, Tensor> parameters() {
    Map<String, Tensor> found = new LinkedHashMap<>(tensors);
    found.keySet().removeIf(name -> name.contains(SEPARATOR));
    return found;
  }

  /** The options of the run, as given to {@link #withConfiguration}. */
  public Map<String, String> configuration() {
    return below(lines, CONFIGURATION);
  }

  /**
   * A counter, as given to {@link #withCounter}.
   *
   * @throws CheckpointException if there is none of this name
   */
  public long counter(String name) throws CheckpointException {
    return number("counter '" + name + "'", line(COUNTER, "counter", name));
  }

  /**
   * A tokeniser, as given to {@link #withTokenizer}: it has the same numbers for the same text.
   *
   * @throws CheckpointException if there is none of this name, or it is malformed
   */
  public Tokenizer tokenizer(String name) throws CheckpointException {
    Map<String, String> settings = below(lines, TOKENIZER + name + SEPARATOR);
    if (settings.isEmpty()) {
      throw failure("there is no tokenizer '%s'".formatted(name));
    }
    try {
      return Tokenizer.restore(settings);
    } catch (IllegalArgumentException e) {
      throw failure("tokenizer '%s': %s".formatted(name, e.getMessage()), e);
    }
  }

  /** Whether a recurrent state was carried. */
  public boolean hasCarried() {
    return tensors.containsKey(CARRIED + 0);
  }

  /**
   * The carried recurrent state, as given to {@link #withCarried}.
   *
   * @param like a state of the same structure and shapes, such as the initial one
   * @throws CheckpointException if there is none, or it differs in shape or element type
   */
  public <S> S carried(S like) throws CheckpointException {
    List<Tensor> wanted = TensorTree.flatten(like);
    Map<String, Tensor> found = below(tensors, CARRIED);
    if (found.size() != wanted.size()) {
      throw failure(
          "the carried state has %d tensors, the model wants %d"
              .formatted(found.size(), wanted.size()));
    }
    // By number: a file has its arrays in an order of its own.
    List<Tensor> carried = new ArrayList<>();
    for (int i = 0; i < wanted.size(); i++) {
      Tensor tensor = found.get(Integer.toString(i));
      if (tensor == null) {
        throw failure("there is no carried state " + i);
      }
      requireLike("carried state " + i, tensor, wanted.get(i));
      carried.add(tensor);
    }
    return TensorTree.rebuild(like, carried);
  }

  /** The state of an optimiser or another part. */
  Map<String, Tensor> part(PartKind kind, String name) throws CheckpointException {
    Map<String, Tensor> state = below(tensors, kind.prefix + name + SEPARATOR);
    if (state.isEmpty()) {
      throw failure("there is no %s '%s'".formatted(kind.prefix.replace(SEPARATOR, ""), name));
    }
    return state;
  }

  /** What kinds of parts have a place in the file. */
  enum PartKind {
    OPTIMIZER("optimizer/"),
    PART("part/");

    private final String prefix;

    PartKind(String prefix) {
      this.prefix = prefix;
    }
  }

  /** Where a generator stood. */
  Position generator(String name) throws CheckpointException {
    String[] parts = line(GENERATOR, "generator", name).split(" ", -1);
    String what = "generator '" + name + "'";
    if (parts.length != 2) {
      throw failure(what + " is malformed");
    }
    Position found = new Position(number(what, parts[0]), number(what, parts[1]));
    if (found.position() < 0) {
      throw failure(what + " is malformed");
    }
    return found;
  }

  /** The state of a generator. */
  record Position(long seed, long position) {}

  private String line(String prefix, String kind, String name) throws CheckpointException {
    String found = lines.get(prefix + name);
    if (found == null) {
      throw failure("there is no %s '%s'".formatted(kind, name));
    }
    return found;
  }

  private long number(String what, String text) throws CheckpointException {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw failure(what + " is malformed: " + text);
    }
  }

  private static <V> Map<String, V> below(Map<String, V> all, String prefix) {
    Map<String, V> found = new LinkedHashMap<>();
    all.forEach(
        (key, value) -> {
          if (key.startsWith(prefix)) {
            found.put(key.substring(prefix.length()), value);
          }
        });
    return found;
  }

  /** Two tensors agree in all but their elements. */
  void requireLike(String what, Tensor found, Tensor wanted) throws CheckpointException {
    if (!found.shape().equals(wanted.shape()) || found.dtype() != wanted.dtype()) {
      throw failure(
          "%s is %s %s, the model wants %s %s"
              .formatted(what, found.dtype(), found.shape(), wanted.dtype(), wanted.shape()));
    }
  }

  /** An exception that names where this checkpoint came from. */
  CheckpointException failure(String reason) {
    return failure(reason, null);
  }

  CheckpointException failure(@Nullable String reason, @Nullable Throwable cause) {
    return new CheckpointException(source, reason, cause);
  }

  // ---- what is added to it ----

  /** With options of the run, text by name: what is needed to build the model again. */
  public Checkpoint withConfiguration(Map<String, String> configuration) {
    return withLines(
        all -> configuration.forEach((key, value) -> all.put(CONFIGURATION + key, value)));
  }

  /** With a number that tells how far the run is: steps, epochs, the position in the data. */
  public Checkpoint withCounter(String name, long value) {
    return withLines(all -> all.put(COUNTER + name, Long.toString(value)));
  }

  /**
   * With the tokeniser whose tokens the model knows, or one of several; it takes the place of an
   * earlier one of this name.
   *
   * @throws IllegalArgumentException if the name has a '/'
   */
  public Checkpoint withTokenizer(String name, Tokenizer tokenizer) {
    requirePlain("tokenizer", name);
    String prefix = TOKENIZER + name + SEPARATOR;
    return withLines(
        all -> {
          all.keySet().removeIf(key -> key.startsWith(prefix));
          tokenizer.settings().forEach((key, value) -> all.put(prefix + key, value));
        });
  }

  /** With a generator's state. */
  Checkpoint withGenerator(String name, Position position) {
    return withLines(all -> all.put(GENERATOR + name, position.seed() + " " + position.position()));
  }

  private Checkpoint withLines(Consumer<Map<String, String>> addition) {
    Map<String, String> all = new LinkedHashMap<>(lines);
    addition.accept(all);
    return new Checkpoint(source, tensors, all);
  }

  /**
   * With the recurrent state that the next window of truncated backpropagation starts from.
   *
   * @param state a tensor, a record or list of tensors, see {@link TensorTree}
   */
  public Checkpoint withCarried(Object state) {
    Map<String, Tensor> all = new LinkedHashMap<>(tensors);
    all.keySet().removeIf(name -> name.startsWith(CARRIED));
    int k = 0;
    for (Tensor tensor : TensorTree.flatten(state)) {
      all.put(CARRIED + k++, tensor.detach());
    }
    return new Checkpoint(source, all, lines);
  }

  /** With the state of an optimiser or another part. */
  Checkpoint withPart(PartKind kind, String name, Map<String, Tensor> state) {
    Map<String, Tensor> all = new LinkedHashMap<>(tensors);
    state.forEach((key, value) -> all.put(kind.prefix + name + SEPARATOR + key, value));
    return new Checkpoint(source, all, lines);
  }

  // ---- files ----

  /**
   * Writes the checkpoint. The bytes go to a temporary file, are forced to the disk, and then take
   * the name: an earlier checkpoint there stays whole until the new one is.
   *
   * @throws IOException naming the file and the reason; an earlier file is intact then
   */
  public void write(Path file) throws IOException {
    SafeTensorsWriter writer = new SafeTensorsWriter().metadata(FORMAT_KEY, FORMAT);
    writer.metadata(CHECKSUM, Checksum.of(lines, tensors));
    lines.forEach(writer::metadata);
    tensors.forEach(writer::tensor);
    writer.write(file);
  }

  /**
   * Reads and verifies a checkpoint.
   *
   * @throws IOException in one line, if the file cannot be read, is cut short or damaged, or is no
   *     checkpoint
   */
  public static Checkpoint read(Path file) throws IOException {
    Map<String, String> lines;
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (SafeTensorsFile stored = SafeTensorsFile.open(file)) {
      lines = new LinkedHashMap<>(stored.metadata());
      if (!FORMAT.equals(lines.remove(FORMAT_KEY))) {
        throw new CheckpointException(
            file.toString(), "is a safetensors file, but no checkpoint of this program", null);
      }
      for (StoredTensor each : stored.stored().values()) {
        tensors.put(each.name(), stored.tensor(each.name()));
      }
    }
    String noted = Optional.ofNullable(lines.remove(CHECKSUM)).orElse("missing");
    String actual = Checksum.of(lines, tensors);
    if (!noted.equals(actual)) {
      throw new CheckpointException(
          file.toString(),
          "is damaged: its contents have checksum %s, but the one noted is %s"
              .formatted(actual, noted),
          null);
    }
    return new Checkpoint(file.toString(), tensors, lines);
  }
}
