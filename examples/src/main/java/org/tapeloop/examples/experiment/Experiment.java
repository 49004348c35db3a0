package org.tapeloop.examples.experiment;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What an application fills in: data, a model, how it learns, and how it is judged. {@link
 * Training} does the rest: steps, progress, validation, early stopping, checkpoints, reports.
 *
 * <p>All that a step depends on belongs to the model, to the {@link Recipe}, or is declared in
 * {@link #declare}; then a run that is resumed goes on bit for bit.
 */
public interface Experiment {

  /** What it is; always the same. */
  Outline outline();

  /** The loss of the next batch; called in training mode. */
  BatchLoss next();

  /** The mean loss over all held-out data; called in evaluation mode, without a tape. */
  double validate();

  /** A quick estimate of {@link #validate}, always over the same part of the held-out data. */
  default double estimate() {
    return validate();
  }

  /**
   * How many training steps read as much as {@link #estimate} does, so that it is not done too
   * often; 0 where that is not worth counting.
   */
  default double estimateSteps() {
    return 0;
  }

  /**
   * Something that the model makes up, the same for the same step; called as {@link #validate} is.
   */
  default Optional<String> sample(long step) {
    return Optional.empty();
  }

  /**
   * Leaves pictures of what the model does in the folder of its run; called as {@link #sample} is.
   *
   * @throws org.tapeloop.examples.files.Failure if one cannot be written
   */
  default void illustrate(Path folder) {}

  /**
   * Declares what changes from step to step besides the model and the optimiser, and what a saved
   * model needs to be used without its data.
   */
  void declare(Parts parts);
}
