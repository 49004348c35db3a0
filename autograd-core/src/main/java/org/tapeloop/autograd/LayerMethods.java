package org.tapeloop.autograd;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The part of {@link Tensor} that stands between layers: normalisation and dropout. */
sealed interface LayerMethods permits Tensor {

  private Tensor self() {
    return (Tensor) this;
  }

  /**
   * Each row with mean 0 and variance 1, then scaled and shifted: {@code (x - mean) / sqrt(var +
   * eps) * weight + bias}.
   *
   * <p>A row is what the last axes hold together. Its variance has divisor n, and is the mean
   * square of the centred values: the difference of two mean squares would cancel. Source: Ba,
   * Kiros and Hinton 2016, arXiv 1607.06450.
   *
   * @param dims how many last axes make a row
   * @param weight of the extents of a row; null for none
   * @param bias of the extents of a row; null for none
   * @param eps added to the variance, such as 1e-5
   * @throws IllegalArgumentException if there are fewer axes, or weight or bias have another shape
   */
  default Tensor layerNorm(int dims, @Nullable Tensor weight, @Nullable Tensor bias, double eps) {
    Tensor x = self();
    int rank = x.rank();
    if (dims < 1 || dims > rank) {
      throw new IllegalArgumentException(
          "layerNorm: %d last axes asked for of shape %s".formatted(dims, x.shape()));
    }
    if (!(eps >= 0)) {
      throw new IllegalArgumentException("layerNorm: eps must not be negative, but is " + eps);
    }
    requireRow("weight", weight, dims);
    requireRow("bias", bias, dims);
    Tensor normal = StandardisationOps.standardise(eps, dims == 1 ? x : flattened(x, dims));
    normal = dims == 1 ? normal : normal.reshape(x.shape());
    Tensor scaled = weight == null ? normal : normal.mul(weight);
    return bias == null ? scaled : scaled.add(bias);
  }

  /** The last axes as one. */
  private static Tensor flattened(Tensor x, int dims) {
    int[] extents = Arrays.copyOf(x.shape().extents(), x.rank() - dims + 1);
    int length = 1;
    for (int axis = x.rank() - dims; axis < x.rank(); axis++) {
      length *= x.extent(axis);
    }
    extents[extents.length - 1] = length;
    return x.reshape(Shape.owning(extents));
  }

  private void requireRow(String name, @Nullable Tensor given, int dims) {
    if (given != null && (!isRow(given.shape(), dims) || given.dtype() != self().dtype())) {
      int[] extents = self().shape().extents();
      Shape row = Shape.of(Arrays.copyOfRange(extents, extents.length - dims, extents.length));
      throw new IllegalArgumentException(
          "layerNorm: x %s %s wants a %s %s, not %s %s"
              .formatted(self().dtype(), self().shape(), name, row, given.dtype(), given.shape()));
    }
  }

  /** Whether a shape is that of the last axes. */
  private boolean isRow(Shape given, int dims) {
    boolean same = given.rank() == dims;
    for (int axis = 1; same && axis <= dims; axis++) {
      same = given.extent(-axis) == self().extent(-axis);
    }
    return same;
  }

  /**
   * Each element 0 with probability p, else divided by 1 - p, so that means stay. Which ones is a
   * matter of the stream alone: the same on every backend and for every element type.
   *
   * @throws IllegalArgumentException if p is not in [0, 1]
   */
  default Tensor dropout(double p, RandomStream stream) {
    RandomStream.requireProbability("dropout", p);
    if (p == 0) {
      return self();
    }
    double keep = 1 - p;
    double scale = p == 1 ? 0 : 1 / keep;
    return self().mul(stream.bernoulli(self().dtype(), self().shape(), keep, scale));
  }

  /**
   * {@code this * mask / (1 - p)}: dropout with a mask drawn beforehand, such as one for all time
   * steps.
   *
   * @param p the probability that the mask was drawn with, below 1
   * @param mask 1 where an element is kept, 0 where it is dropped; stretches to this shape
   * @throws IllegalArgumentException if p is not in [0, 1), or the mask does not stretch
   */
  default Tensor dropout(double p, Tensor mask) {
    RandomStream.requireProbability("dropout", p);
    if (p == 1) {
      throw new IllegalArgumentException("dropout: with p = 1 no mask keeps anything");
    }
    if (!Shape.broadcast("dropout", self().shape(), mask.shape()).equals(self().shape())) {
      throw new IllegalArgumentException(
          "dropout: a mask %s does not stretch to %s".formatted(mask.shape(), self().shape()));
    }
    return self().mul(mask).mul(1 / (1 - p));
  }
}
