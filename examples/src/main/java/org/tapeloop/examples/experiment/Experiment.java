package org.tapeloop.examples.experiment;

import java.util.Optional;
import org.tapeloop.nn.Layer;

/**
 * What an application fills in: data, a model, how it learns, and how it is judged. {@link
 * Training} does the rest: steps, progress, validation, early stopping, checkpoints, reports.
 *
 * <p>All that a step depends on belongs to the model, to the {@link Recipe}, or is declared in
 * {@link #declare}; then a run that is resumed goes on bit for bit.
 */
public interface Experiment {

  /** What learns, for titles, such as "lstm, 2 x 256". */
  String title();

  /** What it learns from, in a line. */
  String data();

  /** What learns from what, for a person. */
  default String description() {
    return "%s%n%s, %,d parameters".formatted(data(), title(), model().parameterCount());
  }

  /** A fingerprint of the data, by which a resumed run knows them again. */
  String digest();

  /** How the model is judged. */
  Metric metric();

  /** What is trained. */
  Layer model();

  /**
   * How it is trained.
   *
   * @param expectedSteps of the whole run; the same when it is resumed, even for more steps
   */
  Recipe recipe(long expectedSteps);

  /** How many steps read the training data once. */
  long stepsPerEpoch();

  /** How many steps to take where nobody says; about {@link #DEFAULT_SECONDS} of them. */
  long defaultSteps();

  /** What a run of the default length may take, from which that of a given time is guessed. */
  double DEFAULT_SECONDS = 120;

  /** The loss of the next batch; called in training mode. */
  BatchLoss next();

  /** The mean loss over all held-out data; called in evaluation mode, without a tape. */
  double validate();

  /** A quick estimate of {@link #validate}, always over the same part of the held-out data. */
  default double estimate() {
    return validate();
  }

  /**
   * Something that the model makes up, the same for the same step; called as {@link #validate} is.
   */
  default Optional<String> sample(long step) {
    return Optional.empty();
  }

  /**
   * Declares what changes from step to step besides the model and the optimiser, and what a saved
   * model needs to be used without its data.
   */
  void declare(Parts parts);
}
