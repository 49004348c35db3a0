package org.tapeloop.nn.loss;

import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Reduction;
import org.tapeloop.autograd.Tensor;

/**
 * Options of {@link Loss#binaryCrossEntropy}, starting from {@link #MEAN}: {@code
 * BinaryCrossEntropy.MEAN.positiveWeight(u)}.
 *
 * @param reduction how the items become one number; weights do not enter the divisor of the mean
 * @param weight v, a constant factor of each item that broadcasts to the logits; null for 1
 * @param positiveWeight u, a constant factor of the targets' share that broadcasts to the logits,
 *     usually [C] for the classes of the last axis: above 1 where positives are rare; null for 1
 */
public record BinaryCrossEntropy(
    Reduction reduction, @Nullable Tensor weight, @Nullable Tensor positiveWeight) {

  /** The plain mean over items. */
  public static final BinaryCrossEntropy MEAN = new BinaryCrossEntropy(Reduction.MEAN, null, null);

  /** With another reduction. */
  public BinaryCrossEntropy reducing(Reduction other) {
    return new BinaryCrossEntropy(other, weight, positiveWeight);
  }

  /** With a factor of each item. */
  public BinaryCrossEntropy weighted(Tensor factors) {
    return new BinaryCrossEntropy(reduction, factors, positiveWeight);
  }

  /** With a factor of the targets' share. */
  public BinaryCrossEntropy positiveWeight(Tensor factors) {
    return new BinaryCrossEntropy(reduction, weight, factors);
  }
}
