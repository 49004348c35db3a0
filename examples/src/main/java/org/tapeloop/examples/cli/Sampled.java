package org.tapeloop.examples.cli;

import org.tapeloop.examples.experiment.SavedRun;

/** A training command whose models make something up. */
public interface Sampled {

  /**
   * Lets the model of a checkpoint write; called after the command's options have been set to those
   * of the checkpoint.
   *
   * @return what was drawn, and how fast
   * @throws org.tapeloop.examples.files.Failure if the model does not fit, or does not know the
   *     prompt
   */
  Drawn sample(SavedRun saved, SampleRequest request);
}
