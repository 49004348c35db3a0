package org.tapeloop.autograd;

import org.jspecify.annotations.Nullable;

/**
 * Options of {@link Tensor#crossEntropy(IntTensor, CrossEntropy)}, starting from {@link #MEAN}:
 * {@code CrossEntropy.MEAN.ignoring(0).smoothing(0.1)}.
 *
 * @param reduction how the items become one number; their mean is weighted by class weights
 * @param weight one factor a class [C], a constant; null for 1
 * @param ignored items with this target count as 0 and not towards the mean; null for none
 * @param smoothing the share of the target probability spread evenly over all classes, in [0, 1]
 */
public record CrossEntropy(
    Reduction reduction, @Nullable Tensor weight, @Nullable Integer ignored, double smoothing) {

  /** The plain mean over items. */
  public static final CrossEntropy MEAN = new CrossEntropy(Reduction.MEAN, null, null, 0);

  /**
   * Checks the options.
   *
   * @throws IllegalArgumentException if the weight is no vector, or smoothing is not in [0, 1]
   */
  public CrossEntropy {
    if (weight != null && weight.rank() != 1) {
      throw new IllegalArgumentException(
          "crossEntropy: class weights must be a vector, not of shape " + weight.shape());
    }
    if (!(smoothing >= 0 && smoothing <= 1)) {
      throw new IllegalArgumentException(
          "crossEntropy: label smoothing must lie in [0, 1], not " + smoothing);
    }
  }

  /** With another reduction. */
  public CrossEntropy reducing(Reduction other) {
    return new CrossEntropy(other, weight, ignored, smoothing);
  }

  /** With class weights [C]. */
  public CrossEntropy weighted(Tensor classWeights) {
    return new CrossEntropy(reduction, classWeights, ignored, smoothing);
  }

  /** With a target that is left out, such as padding. */
  public CrossEntropy ignoring(int target) {
    return new CrossEntropy(reduction, weight, target, smoothing);
  }

  /** With label smoothing (Szegedy et al. 2016, arXiv 1512.00567). */
  public CrossEntropy smoothing(double share) {
    return new CrossEntropy(reduction, weight, ignored, share);
  }

  /** Whether items with this target are left out. */
  boolean ignores(int target) {
    return ignored != null && ignored == target;
  }
}
