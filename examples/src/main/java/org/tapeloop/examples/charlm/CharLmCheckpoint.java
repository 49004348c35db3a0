package org.tapeloop.examples.charlm;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tapeloop.autograd.Generator;
import org.tapeloop.examples.experiment.Notes;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.text.Vocabulary;
import org.tapeloop.nn.checkpoint.Checkpoint;
import org.tapeloop.nn.checkpoint.CheckpointException;
import org.tapeloop.nn.checkpoint.TrainingRun;
import org.tapeloop.nn.decoding.Sampler;

/** A checkpoint of {@link CharLm}: what its notes mean. */
public final class CharLmCheckpoint {
  private static final String COMMAND = "command";
  private static final String CHAR_LM = "char-lm";
  private static final String VOCABULARY = "vocabulary";
  private static final String TEXT_DIGEST = "text.sha256";
  private static final String TEMPERATURE = "sampling.temperature";
  private static final String TOP_K = "sampling.top_k";
  private static final String TOP_P = "sampling.top_p";

  private final Checkpoint checkpoint;
  private final Notes notes;
  private final CharLmConfig config;

  private CharLmCheckpoint(Path file, Checkpoint checkpoint) {
    this.checkpoint = checkpoint;
    notes = new Notes(file.toString(), checkpoint.configuration());
    if (!CHAR_LM.equals(notes.texts().get(COMMAND))) {
      throw new Failure(file + ": this is not a checkpoint of char-lm");
    }
    config = CharLmConfig.ofNotes(notes);
  }

  /**
   * Reads a checkpoint.
   *
   * @throws Failure if there is none, or it is damaged
   */
  public static CharLmCheckpoint read(Path file) {
    try {
      return new CharLmCheckpoint(file, Checkpoint.read(file));
    } catch (NoSuchFileException e) {
      throw Failure.to("read the checkpoint " + file, e);
    } catch (IOException e) {
      throw new Failure("cannot read the checkpoint " + e.getMessage(), e);
    }
  }

  /** The notes to keep in a checkpoint, from which the model can be built again. */
  static Map<String, String> notes(
      CharLmConfig config, Vocabulary vocabulary, String textDigest, Sampler sampling) {
    Map<String, String> notes = new LinkedHashMap<>();
    notes.put(COMMAND, CHAR_LM);
    notes.putAll(config.toMap());
    notes.put(TEMPERATURE, Double.toString(sampling.temperature()));
    notes.put(TOP_K, Integer.toString(sampling.topK()));
    notes.put(TOP_P, Double.toString(sampling.topP()));
    notes.put(VOCABULARY, vocabulary.symbols());
    notes.put(TEXT_DIGEST, textDigest);
    return notes;
  }

  /** What the model and its training are like. */
  public CharLmConfig config() {
    return config;
  }

  /** All notes. */
  public Notes notes() {
    return notes;
  }

  /** How the samples during training are drawn. */
  public Sampler sampling() {
    double temperature = notes.decimal(TEMPERATURE);
    int topK = notes.parsed(TOP_K, Integer::parseInt);
    return notes.parsed(
        TOP_P,
        topP -> Sampler.PLAIN.temperature(temperature).topK(topK).topP(Double.parseDouble(topP)));
  }

  /** The characters that the model knows. */
  public Vocabulary vocabulary() {
    return Vocabulary.of(notes.text(VOCABULARY));
  }

  /** The fingerprint of the text that the model learned from. */
  String textDigest() {
    return notes.text(TEXT_DIGEST);
  }

  /**
   * A model with the parameters of the checkpoint.
   *
   * @throws Failure if they do not fit the configuration
   */
  public CharModel<?> model() {
    Generator unused = new Generator(config.seed());
    CharModel<?> model = CharModel.create(config, vocabulary().size(), unused, unused);
    restore(new TrainingRun(model));
    return model;
  }

  /** Puts back all that a run declares. */
  void restore(TrainingRun run) {
    try {
      run.restore(checkpoint);
    } catch (CheckpointException e) {
      throw doesNotFit(e);
    }
  }

  /** The recurrent state, of the same structure and shapes as another. */
  <S> S recurrentState(S like) {
    try {
      return checkpoint.carried(like);
    } catch (CheckpointException e) {
      throw doesNotFit(e);
    }
  }

  /** A counter. */
  long counter(String name) {
    try {
      return checkpoint.counter(name);
    } catch (CheckpointException e) {
      throw doesNotFit(e);
    }
  }

  private static Failure doesNotFit(CheckpointException e) {
    return new Failure("the checkpoint does not fit: " + e.getMessage(), e);
  }
}
