package org.tapeloop.nn;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;

/**
 * In training, sets each element to 0 with probability p and scales the others by 1 / (1 - p); in
 * evaluation, nothing.
 *
 * <p>Source: Srivastava et al. 2014, with the scaling moved to training.
 */
public final class Dropout extends Layer {
  private final double probability;
  private final Generator generator;

  /**
   * Dropout with masks from a generator: each call takes its next stream.
   *
   * @param probability of dropping, in [0, 1)
   */
  public Dropout(double probability, Generator generator) {
    Sizes.requireProbability("Dropout", probability);
    this.probability = probability;
    this.generator = generator;
  }

  /** x with elements dropped if this layer is training. */
  public Tensor forward(Tensor x) {
    return drops() ? x.dropout(probability, generator.next()) : x;
  }

  /** Whether anything is dropped now. */
  boolean drops() {
    return isTraining() && probability > 0;
  }
}
