package org.tapeloop.autograd;

import org.tapeloop.autograd.spi.ArrayView;

/** Stretching operands to a common shape, and summing cotangents back. */
final class Broadcasting {
  private Broadcasting() {}

  /** The operand's view under the extents of the result. */
  static ArrayView stretch(Tensor t, Shape shape) {
    ArrayView view = t.view();
    return t.shape().equals(shape) ? view : stretch(view, shape);
  }

  private static ArrayView stretch(ArrayView view, Shape shape) {
    var layout = view.layout();
    var wide = layout.broadcastTo(shape.raw());
    return wide == layout ? view : view.with(wide);
  }

  /** Sums a cotangent over the axes along which an operand of the given shape was stretched. */
  static Tensor sumTo(String operation, Tensor cotangent, Shape shape) {
    Shape wide = cotangent.shape();
    int lead = wide.rank() - shape.rank();
    if (lead < 0) {
      throw unfit(operation, wide, shape);
    }
    boolean[] reduced = new boolean[wide.rank()];
    int count = 0;
    for (int axis = 0; axis < wide.rank(); axis++) {
      boolean fits = axis < lead || shape.raw()[axis - lead] == wide.raw()[axis];
      reduced[axis] = axis < lead || !fits;
      if (reduced[axis]) {
        count++;
      }
      if (!fits && shape.raw()[axis - lead] != 1) {
        throw unfit(operation, wide, shape);
      }
    }
    int[] axes = new int[count];
    for (int axis = 0, k = 0; axis < reduced.length; axis++) {
      if (reduced[axis]) {
        axes[k++] = axis;
      }
    }
    return cotangent.sum(axes, true).reshape(shape);
  }

  private static IllegalStateException unfit(String operation, Shape cotangent, Shape operand) {
    return new IllegalStateException(
        "%s: its vjp gave shape %s for an operand of shape %s"
            .formatted(operation, cotangent, operand));
  }
}
