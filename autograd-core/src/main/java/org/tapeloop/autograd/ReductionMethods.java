package org.tapeloop.autograd;

import static org.tapeloop.autograd.None.NONE;

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
    int count = 1;
    for (int axis : axes) {
      count *= self().extent(axis);
    }
    return sum(axes, keepDim).mul(1.0 / count);
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
