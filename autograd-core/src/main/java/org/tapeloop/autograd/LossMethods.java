package org.tapeloop.autograd;

import org.jspecify.annotations.Nullable;

/** The losses of {@link Tensor}. */
sealed interface LossMethods permits Tensor {

  private Tensor self() {
    return (Tensor) this;
  }

  /**
   * The mean cross entropy, in nats, between class targets and the softmax of these logits, see
   * {@link #crossEntropy(IntTensor, CrossEntropy)}.
   */
  default Tensor crossEntropy(IntTensor targets) {
    return crossEntropy(targets, CrossEntropy.MEAN);
  }

  /**
   * The cross entropy, in nats, between class targets and the softmax of these logits.
   *
   * <p>With {@code p = logSoftmax(logits)}, class weights w (else 1) and smoothing e, an item with
   * target y costs {@code -(1 - e) w_y p_y - (e / C) sum_c w_c p_c}, and the mean divides by the
   * sum of {@code w_y} over the items that count.
   *
   * <p>Logits [N, C], [N, C, d1, ...] or [C]; targets of the same shape without the class axis.
   *
   * @return a scalar, or one loss an item where nothing is reduced
   * @throws IllegalArgumentException if shapes do not fit
   * @throws IndexOutOfBoundsException if a target is no class and not the ignored one
   */
  default Tensor crossEntropy(IntTensor targets, CrossEntropy options) {
    return Likelihood.crossEntropy(self(), targets, options);
  }

  /**
   * {@code affine(weight, bias)} and its {@link #crossEntropy(IntTensor, CrossEntropy)}, with the
   * classes along the last axis, for scores that nothing else is made of: their array turns into
   * their derivative in place, and serves the next call too. For a thousand classes and more that
   * is faster than the two by themselves, and takes half the memory or less.
   *
   * <p>This [..., I], weight [C, I], bias [C]; targets [...]. With label smoothing, and where it is
   * differentiated twice, it is the two by themselves.
   *
   * <p>Source for not keeping scores: Wijmans et al. 2024, arXiv 2411.09009, who compute them
   * twice.
   *
   * @param bias null for none
   * @return a scalar, or one loss an item where nothing is reduced
   * @throws IllegalArgumentException if shapes do not fit
   * @throws IndexOutOfBoundsException if a target is no class and not the ignored one
   */
  default Tensor affineCrossEntropy(
      Tensor weight, @Nullable Tensor bias, IntTensor targets, CrossEntropy options) {
    return Likelihood.crossEntropy(self(), weight, bias, targets, options);
  }

  /**
   * The mean of {@code (this - target)^2} over all elements.
   *
   * @throws IllegalArgumentException if shapes or types differ
   */
  default Tensor mse(Tensor target) {
    return mse(target, Reduction.MEAN);
  }

  /**
   * {@code (this - target)^2} by element, reduced.
   *
   * @throws IllegalArgumentException if shapes or types differ
   */
  default Tensor mse(Tensor target, Reduction reduction) {
    if (!target.shape().equals(self().shape()) || target.dtype() != self().dtype()) {
      throw new IllegalArgumentException(
          "mse: %s %s and target %s %s differ"
              .formatted(self().dtype(), self().shape(), target.dtype(), target.shape()));
    }
    Tensor items = self().sub(target).square();
    return switch (reduction) {
      case NONE -> items;
      case MEAN -> items.mean();
      case SUM -> items.sum();
    };
  }
}
