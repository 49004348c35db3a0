package org.tapeloop.autograd;

import static org.tapeloop.autograd.None.NONE;

import java.util.function.UnaryOperator;

/** The reductions of {@link Tensor}. Without axes they reduce everything to a scalar. */
sealed interface ReductionMethods permits Tensor {

  private Tensor self() {
    return (Tensor) this;
  }

  private int[] allAxes() {
    int[] axes = new int[self().rank()];
    for (int axis = 0; axis < axes.length; axis++) {
      axes[axis] = axis;
    }
    return axes;
  }

  /** The sum of all elements, a scalar. */
  default Tensor sum() {
    return sum(allAxes(), false);
  }

  /** The sum along one axis, which is dropped. */
  default Tensor sum(int axis) {
    return sum(new int[] {axis}, false);
  }

  /**
   * The sum along axes.
   *
   * @param keepDim whether they stay with extent 1
   * @throws IllegalArgumentException if an axis is out of range or named twice
   */
  default Tensor sum(int[] axes, boolean keepDim) {
    return ReductionOps.SUM.apply(ReductionOps.axes("sum", self().shape(), axes, keepDim), self());
  }

  /** The arithmetic mean of all elements, a scalar. */
  default Tensor mean() {
    return mean(allAxes(), false);
  }

  /** The mean along one axis, which is dropped. */
  default Tensor mean(int axis) {
    return mean(new int[] {axis}, false);
  }

  /** The mean along axes; NaN of nothing. */
  default Tensor mean(int[] axes, boolean keepDim) {
    return ReductionOps.SUM
        .apply(ReductionOps.axes("mean", self().shape(), axes, keepDim), self())
        .mul(1.0 / count("mean", axes));
  }

  /** How many elements reduce to one. */
  private int count(String operation, int[] axes) {
    int count = 1;
    for (int axis : axes) {
      count *= self().shape().raw()[self().shape().axis(operation, axis)];
    }
    return count;
  }

  /** The largest of all elements, a scalar; tied ones share the gradient evenly. */
  default Tensor max() {
    return max(allAxes(), false);
  }

  /** The largest along one axis, which is dropped. */
  default Tensor max(int axis) {
    return max(new int[] {axis}, false);
  }

  /** The largest along axes; NaN if any element is. */
  default Tensor max(int[] axes, boolean keepDim) {
    return ReductionOps.MAX.apply(ReductionOps.axes("max", self().shape(), axes, keepDim), self());
  }

  /** The smallest of all elements, a scalar; tied ones share the gradient evenly. */
  default Tensor min() {
    return min(allAxes(), false);
  }

  /** The smallest along one axis, which is dropped. */
  default Tensor min(int axis) {
    return min(new int[] {axis}, false);
  }

  /** The smallest along axes; NaN if any element is. */
  default Tensor min(int[] axes, boolean keepDim) {
    return ReductionOps.MIN.apply(ReductionOps.axes("min", self().shape(), axes, keepDim), self());
  }

  // ---- spread ----

  /** The variance of all elements with Bessel's correction, a scalar: divisor n - 1. */
  default Tensor var() {
    return var(allAxes(), false, 1);
  }

  /** The variance along one axis, which is dropped; divisor n - 1. */
  default Tensor var(int axis) {
    return var(new int[] {axis}, false, 1);
  }

  /**
   * {@code sum (x - mean)^2 / (n - correction)} along axes, the mean taken first; NaN or infinite
   * where the divisor is not positive.
   */
  default Tensor var(int[] axes, boolean keepDim, int correction) {
    return variance("var", axes, keepDim, correction);
  }

  private Tensor variance(String name, int[] axes, boolean keepDim, int correction) {
    ReductionOps.Axes along = ReductionOps.axes(name, self().shape(), axes, keepDim);
    int divisor = Math.max(0, count(name, axes) - correction);
    Tensor squares = self().sub(mean(axes, true)).square();
    return ReductionOps.SUM.apply(along, squares).mul(1.0 / divisor);
  }

  /** The standard deviation of all elements with Bessel's correction, a scalar. */
  default Tensor std() {
    return std(allAxes(), false, 1);
  }

  /** The standard deviation along one axis, which is dropped; divisor n - 1. */
  default Tensor std(int axis) {
    return std(new int[] {axis}, false, 1);
  }

  /** The root of {@link #var(int[], boolean, int)}; where it is 0, so is the gradient. */
  default Tensor std(int[] axes, boolean keepDim, int correction) {
    return whereNotZero(variance("std", axes, keepDim, correction), Tensor::sqrt);
  }

  /** The function where the operand is not 0; 0 with gradient 0 where it is. */
  private static Tensor whereNotZero(Tensor x, UnaryOperator<Tensor> function) {
    Tensor zero = x.eq(0);
    Tensor safe = zero.where(Tensor.scalar(x.dtype(), 1), x);
    return zero.where(Tensor.scalar(x.dtype(), 0), function.apply(safe));
  }

  /** The Euclidean norm of all elements, a scalar; the gradient of a zero tensor is 0. */
  default Tensor norm() {
    return norm(2, allAxes(), false);
  }

  /**
   * {@code (sum |x|^p)^(1/p)} along axes; {@code max |x|} for infinite p. The gradient of a zero
   * vector is 0, and for {@code p = 1} that of zero elements.
   *
   * @throws IllegalArgumentException if p is not positive, or infinite where there are no elements
   */
  default Tensor norm(double p, int[] axes, boolean keepDim) {
    if (!(p > 0)) {
      throw new IllegalArgumentException("norm: p must be positive, not " + p);
    }
    ReductionOps.Axes along = ReductionOps.axes("norm", self().shape(), axes, keepDim);
    if (p == Double.POSITIVE_INFINITY) {
      along.requireElements("norm", self().shape());
      return ReductionOps.MAX.apply(along, self().abs());
    }
    if (p == 1) {
      return ReductionOps.SUM.apply(along, self().abs());
    }
    if (p == 2) {
      return whereNotZero(ReductionOps.SUM.apply(along, self().square()), Tensor::sqrt);
    }
    Tensor powers = whereNotZero(self().abs(), a -> a.pow(p));
    return whereNotZero(ReductionOps.SUM.apply(along, powers), total -> total.pow(1 / p));
  }

  // ---- products, exponentials, running sums ----

  /** The product of all elements, a scalar. */
  default Tensor prod() {
    return prod(allAxes(), false);
  }

  /** The product along one axis, which is dropped. */
  default Tensor prod(int axis) {
    return prod(new int[] {axis}, false);
  }

  /** The product along axes; 1 of nothing. Gradients are right where factors are 0. */
  default Tensor prod(int[] axes, boolean keepDim) {
    return ReductionOps.PROD.apply(
        ReductionOps.axes("prod", self().shape(), axes, keepDim), self());
  }

  /** {@code ln sum e^x} of all elements, a scalar. */
  default Tensor logSumExp() {
    return logSumExp(allAxes(), false);
  }

  /** {@code ln sum e^x} along one axis, which is dropped. */
  default Tensor logSumExp(int axis) {
    return logSumExp(new int[] {axis}, false);
  }

  /** {@code ln sum e^x} along axes, safe for large values; negative infinity of nothing. */
  default Tensor logSumExp(int[] axes, boolean keepDim) {
    return ReductionOps.LOG_SUM_EXP.apply(
        ReductionOps.axes("logSumExp", self().shape(), axes, keepDim), self());
  }

  /** Element i of the result is the sum of elements 0 to i along an axis. */
  default Tensor cumsum(int axis) {
    return ReductionOps.CUMSUM.apply(self().shape().axis("cumsum", axis), self());
  }

  // ---- where the largest is ----

  /**
   * The index of the largest element along an axis, which is dropped; the first of several, and NaN
   * counts as larger than any number. No gradient.
   *
   * @throws IllegalArgumentException if the axis is out of range or empty
   */
  default IntTensor argmax(int axis) {
    int normal = self().shape().axis("argmax", axis);
    if (self().extent(normal) == 0) {
      throw new IllegalArgumentException(
          "argmax: axis %d of shape %s is empty".formatted(axis, self().shape()));
    }
    return Extremes.argmax(self(), normal);
  }

  // ---- softmax ----

  /** {@code e^x / sum e^x} along an axis, safe for large values. */
  default Tensor softmax(int axis) {
    return alongLast("softmax", ReductionOps.SOFTMAX, axis);
  }

  /** {@code ln softmax} along an axis, safe for large values. */
  default Tensor logSoftmax(int axis) {
    return alongLast("logSoftmax", ReductionOps.LOG_SOFTMAX, axis);
  }

  private Tensor alongLast(String name, TensorOp<None> op, int axis) {
    int normal = self().shape().axis(name, axis);
    int last = self().rank() - 1;
    return normal == last
        ? op.apply(NONE, self())
        : op.apply(NONE, self().transpose(normal, last)).transpose(normal, last);
  }
}
