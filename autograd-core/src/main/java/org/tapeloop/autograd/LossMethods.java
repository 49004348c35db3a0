package org.tapeloop.autograd;

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
