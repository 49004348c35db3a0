package org.tapeloop.examples.experiment;

import java.io.IOException;
import java.nio.file.Path;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.checkpoint.Checkpoint;
import org.tapeloop.nn.checkpoint.CheckpointException;
import org.tapeloop.nn.checkpoint.TrainingRun;
import org.tapeloop.nn.safetensors.SafeTensorsException;

/** A checkpoint of a run, whichever command it is of. */
public final class SavedRun {
  static final String COMMAND = "command";
  static final String DIGEST = "data.sha256";

  private final Path file;
  private final Checkpoint checkpoint;
  private final Notes notes;

  private SavedRun(Path file, Checkpoint checkpoint) {
    this.file = file;
    this.checkpoint = checkpoint;
    notes = new Notes(file.toString(), checkpoint.configuration());
    if (!notes.texts().containsKey(COMMAND)) {
      throw new Failure(file + ": this is no checkpoint of a command of this program");
    }
  }

  /**
   * Reads a checkpoint.
   *
   * @throws Failure if there is none, or it is damaged
   */
  public static SavedRun read(Path file) {
    try {
      return new SavedRun(file, Checkpoint.read(file));
    } catch (SafeTensorsException e) {
      throw new Failure(
          "cannot read the checkpoint %s; it is damaged, or no checkpoint"
              .formatted(e.getMessage()),
          e);
    } catch (CheckpointException e) {
      throw new Failure("cannot read the checkpoint " + e.getMessage(), e);
    } catch (IOException e) {
      throw Failure.to("read the checkpoint " + file, e);
    }
  }

  /** Where it was read from. */
  public Path file() {
    return file;
  }

  /** The command that it is of. */
  public String command() {
    return notes.text(COMMAND);
  }

  /** Its texts. */
  public Notes notes() {
    return notes;
  }

  /**
   * Refuses a checkpoint of another command.
   *
   * @throws Failure naming both
   */
  public SavedRun requireCommand(String command) {
    if (!command().equals(command)) {
      throw new Failure(
          "%s: this is a checkpoint of %s, not of %s".formatted(file, command(), command));
    }
    return this;
  }

  /**
   * Refuses data that are not those which the run learned from.
   *
   * @throws Failure if the fingerprints differ
   */
  void requireData(Experiment experiment) {
    if (!notes.text(DIGEST).equals(experiment.outline().digest())) {
      throw new Failure("%s: the data are not those that the run learned from".formatted(file));
    }
  }

  /**
   * Puts the parameters back into a model.
   *
   * @throws Failure if they do not fit
   */
  public <M extends Layer> M restore(M model) {
    restore(new TrainingRun(model));
    return model;
  }

  /**
   * Puts the parameters back into a model, and the state of what took its steps.
   *
   * @throws Failure if they do not fit
   */
  public void restore(Layer model, Optimisation optimisation) {
    Parts parts = new Parts(model);
    optimisation.declare(parts);
    parts.restore(this);
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
  <S> S carried(S like) {
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
