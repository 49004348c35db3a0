package org.tapeloop.examples.experiment;

import org.tapeloop.autograd.Tensor;

/**
 * The loss of one batch, before the step.
 *
 * @param objective the scalar that is minimised
 * @param loss the mean over the units, without penalties, for the report
 * @param units how many (characters, words, frames) there are in the batch
 */
public record BatchLoss(Tensor objective, double loss, long units) {

  /** A mean loss that is also what is minimised. */
  public static BatchLoss of(Tensor loss, long units) {
    return new BatchLoss(loss, loss.item(), units);
  }
}
