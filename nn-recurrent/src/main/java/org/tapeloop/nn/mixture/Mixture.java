package org.tapeloop.nn.mixture;

import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Tensor;

/** A mixture of K Gaussians over D numbers for each of many places [...]. */
public sealed interface Mixture permits DiagonalMixture, BivariateMixture {

  /** D. */
  int dimensions();

  /** The logarithms of the weights of the components [..., K], whose exponentials add up to 1. */
  Tensor logWeights();

  /**
   * The negative logarithm of the density, in nats; negative itself where the density is above 1.
   *
   * @param targets [..., D]
   * @return [...]
   * @throws IllegalArgumentException if the shape differs
   */
  Tensor negativeLogLikelihood(Tensor targets);

  /**
   * One draw from each mixture.
   *
   * @param stream whose numbers are used from 0 on
   * @return [..., D], without a gradient
   */
  Tensor sample(RandomStream stream);

  /**
   * The mixture drawn towards its most likely values: weights to the power 1 + b, scaled to add up
   * to 1, and standard deviations times e^-b.
   *
   * <p>Source: Graves 2013, arXiv 1308.0850, section 5.4.
   *
   * @param b finite, at least 0, which changes nothing
   */
  Mixture biased(double b);
}
