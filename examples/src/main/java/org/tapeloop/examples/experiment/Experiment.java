package org.tapeloop.examples.experiment;

import org.tapeloop.nn.checkpoint.Checkpoint;

/**
 * What a command fills in: a model, the data it learns from, and how it is judged. {@link Training}
 * does the rest.
 *
 * <p>All that a step depends on is part of the experiment, so that one restored from a checkpoint
 * goes on bit for bit.
 */
public interface Experiment {

  /**
   * What one step did.
   *
   * @param loss mean over the step's units, in nats, before the step
   * @param gradientNorm of all gradients together, before clipping
   */
  record Progress(double loss, double gradientNorm) {}

  /** How the model is judged. */
  Metric metric();

  /** How many units (characters, words, frames) one step learns from. */
  long unitsPerStep();

  /** Takes the next step. */
  Progress step(double learningRate);

  /** The mean loss over all held-out data, in nats. */
  double validate();

  /**
   * The mean loss over the first part of the held-out data: a quick estimate of {@link #validate}.
   */
  double estimate();

  /** Something that the model makes up, the same for the same step. */
  String sample(long step);

  /** All that the next steps depend on, as it is now. */
  Checkpoint capture();
}
