package org.tapeloop.autograd;

import org.jspecify.annotations.Nullable;

/** Cross entropy with class targets: its shapes, its options, and what they come down to. */
final class Likelihood {
  private Likelihood() {}

  static Tensor crossEntropy(Tensor logits, IntTensor targets, CrossEntropy options) {
    checkShapes(logits, targets, options);
    int classAxis = logits.rank() == 1 ? 0 : 1;
    int classes = logits.extent(classAxis);
    int[] classOf = counted(targets, classes, options);
    Tensor rows =
        (classAxis == logits.rank() - 1 ? logits : lastAxis(logits, classAxis))
            .reshape(Shape.of(classOf.length, classes));
    @Nullable Tensor weights = itemWeights(rows.dtype(), classOf, options);
    Tensor items = smoothed(rows, classOf, weights, options);
    return switch (options.reduction()) {
      case NONE -> items.reshape(targets.shape());
      case SUM -> items.sum();
      case MEAN -> weights == null ? items.mean() : items.sum().div(weights.sum());
    };
  }

  /** The losses [N] of rows [N, C]. */
  private static Tensor smoothed(
      Tensor rows, int[] classOf, @Nullable Tensor weights, CrossEntropy options) {
    Tensor plain = LossOps.NEGATIVE_LOG_LIKELIHOOD.apply(classOf, rows);
    Tensor weighted = options.weight() == null || weights == null ? plain : plain.mul(weights);
    double e = options.smoothing();
    if (e == 0) {
      return weighted;
    }
    Tensor logs = rows.logSoftmax(1);
    Tensor classWeights = options.weight();
    Tensor spread = (classWeights == null ? logs : logs.mul(classWeights)).sum(1);
    Tensor counted = LossOps.kept(classOf, rows.dtype()).ne(0).where(spread, spread.zerosLike());
    return weighted.mul(1 - e).sub(counted.mul(e / rows.extent(1)));
  }

  /** Class numbers, {@link LossOps#LEFT_OUT} for ignored items. */
  private static int[] counted(IntTensor targets, int classes, CrossEntropy options) {
    int[] classOf = targets.toArray();
    for (int i = 0; i < classOf.length; i++) {
      int target = classOf[i];
      if (options.ignores(target)) {
        classOf[i] = LossOps.LEFT_OUT;
      } else if (target < 0 || target >= classes) {
        throw new IndexOutOfBoundsException(
            "crossEntropy: target %d, element %d of shape %s, is not in 0..%d"
                .formatted(target, i, targets.shape(), classes - 1));
      }
    }
    return classOf;
  }

  /** What each item counts towards the mean: null where all count 1. */
  private static @Nullable Tensor itemWeights(DType dtype, int[] classOf, CrossEntropy options) {
    Tensor classWeights = options.weight();
    if (classWeights == null && options.ignored() == null) {
      return null;
    }
    Tensor kept = LossOps.kept(classOf, dtype);
    if (classWeights == null) {
      return kept;
    }
    int[] readable = new int[classOf.length];
    for (int i = 0; i < readable.length; i++) {
      readable[i] = Math.max(classOf[i], 0);
    }
    return classWeights.detach().indexSelect(0, IntTensor.of(readable)).mul(kept);
  }

  private static Tensor lastAxis(Tensor logits, int classAxis) {
    int[] order = new int[logits.rank()];
    for (int k = 0, axis = 0; axis < order.length; axis++) {
      if (axis != classAxis) {
        order[k++] = axis;
      }
    }
    order[order.length - 1] = classAxis;
    return logits.permute(order);
  }

  private static void checkShapes(Tensor logits, IntTensor targets, CrossEntropy options) {
    if (logits.rank() == 0) {
      throw new IllegalArgumentException(
          "crossEntropy: logits are a scalar; they need a class axis");
    }
    int classAxis = logits.rank() == 1 ? 0 : 1;
    if (!targets.shape().equals(logits.shape().without(classAxis))) {
      throw new IllegalArgumentException(
          "crossEntropy: logits %s with classes along axis %d want targets %s, not %s"
              .formatted(
                  logits.shape(), classAxis, logits.shape().without(classAxis), targets.shape()));
    }
    Tensor weight = options.weight();
    if (weight != null
        && (weight.extent(0) != logits.extent(classAxis) || weight.dtype() != logits.dtype())) {
      throw new IllegalArgumentException(
          "crossEntropy: logits %s %s want %d class weights, not %s %s"
              .formatted(
                  logits.dtype(),
                  logits.shape(),
                  logits.extent(classAxis),
                  weight.dtype(),
                  weight.shape()));
    }
  }
}
