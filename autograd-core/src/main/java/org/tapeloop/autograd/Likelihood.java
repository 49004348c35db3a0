package org.tapeloop.autograd;

import org.jspecify.annotations.Nullable;

/** Cross entropy with class targets: its shapes, its options, and what they come down to. */
final class Likelihood {
  private Likelihood() {}

  static Tensor crossEntropy(Tensor logits, IntTensor targets, CrossEntropy options) {
    if (logits.rank() == 0) {
      throw new IllegalArgumentException(
          "crossEntropy: logits are a scalar; they need a class axis");
    }
    int classAxis = logits.rank() == 1 ? 0 : 1;
    checkShapes(logits.shape(), logits.dtype(), classAxis, targets, options);
    int classes = logits.extent(classAxis);
    int[] classOf = counted(targets, classes, options);
    Tensor rows =
        (classAxis == logits.rank() - 1 ? logits : lastAxis(logits, classAxis))
            .reshape(Shape.of(classOf.length, classes));
    @Nullable Tensor weights = itemWeights(rows.dtype(), classOf, options);
    return reduced(smoothed(rows, classOf, weights, options), targets, weights, options);
  }

  /** The cross entropy of an affine map along the last axis; smoothing wants all its scores. */
  static Tensor crossEntropy(
      Tensor x, Tensor weight, @Nullable Tensor bias, IntTensor targets, CrossEntropy options) {
    if (options.smoothing() > 0) {
      Tensor scores = x.affine(weight, bias);
      int classes = scores.extent(-1);
      checkShapes(scores.shape(), scores.dtype(), scores.rank() - 1, targets, options);
      Tensor losses =
          crossEntropy(
              scores.reshape(Shape.of(targets.size(), classes)),
              targets.reshape(targets.size()),
              options);
      return losses.rank() == 0 ? losses : losses.reshape(targets.shape());
    }
    Shape scores = ProductMethods.affineShape(x, weight, bias);
    checkShapes(scores, x.dtype(), scores.rank() - 1, targets, options);
    int[] classOf = counted(targets, weight.extent(0), options);
    @Nullable Tensor weights = itemWeights(x.dtype(), classOf, options);
    Tensor rows = x.reshape(Shape.of(classOf.length, x.extent(-1)));
    Tensor plain = AffineLikelihoodOp.items(classOf, rows, weight, bias);
    Tensor items = options.weight() == null || weights == null ? plain : plain.mul(weights);
    return reduced(items, targets, weights, options);
  }

  private static Tensor reduced(
      Tensor items, IntTensor targets, @Nullable Tensor weights, CrossEntropy options) {
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

  private static void checkShapes(
      Shape logits, DType dtype, int classAxis, IntTensor targets, CrossEntropy options) {
    if (!targets.shape().equals(logits.without(classAxis))) {
      throw new IllegalArgumentException(
          "crossEntropy: logits %s with classes along axis %d want targets %s, not %s"
              .formatted(logits, classAxis, logits.without(classAxis), targets.shape()));
    }
    Tensor weight = options.weight();
    if (weight != null
        && (weight.extent(0) != logits.extent(classAxis) || weight.dtype() != dtype)) {
      throw new IllegalArgumentException(
          "crossEntropy: logits %s %s want %d class weights, not %s %s"
              .formatted(dtype, logits, logits.extent(classAxis), weight.dtype(), weight.shape()));
    }
  }
}
