package org.tapeloop.autograd;

import static org.tapeloop.autograd.None.NONE;

import java.util.Arrays;
import java.util.List;

/**
 * The part of {@link Tensor} that changes shape or order. Results are views of the same array where
 * strides can express them.
 */
sealed interface ShapeMethods permits Tensor {

  private Tensor self() {
    return (Tensor) this;
  }

  /**
   * The same elements in row-major order under another shape.
   *
   * @param extents one may be -1: whatever makes the sizes equal
   * @throws IllegalArgumentException if the sizes differ
   */
  default Tensor reshape(int... extents) {
    return reshape(completed("reshape", extents));
  }

  /** The shape with these extents, of which one may be -1. */
  private Shape completed(String operation, int[] extents) {
    int[] e = extents.clone();
    int free = -1;
    int known = 1;
    for (int axis = 0; axis < e.length; axis++) {
      if (e[axis] != -1) {
        known *= e[axis];
      } else if (free >= 0) {
        throw new IllegalArgumentException(
            operation + ": two extents are -1 in " + Arrays.toString(e));
      } else {
        free = axis;
      }
    }
    if (free >= 0) {
      if (known == 0 || self().size() % known != 0) {
        throw new IllegalArgumentException(
            "%s: no extent at axis %d makes %s hold the %d elements of %s"
                .formatted(operation, free, Arrays.toString(e), self().size(), self().shape()));
      }
      e[free] = self().size() / known;
    }
    Shape shape = Shape.owning(e);
    if (shape.size() != self().size()) {
      throw new IllegalArgumentException(
          "%s: %s has %d elements but %s has %d"
              .formatted(operation, self().shape(), self().size(), shape, shape.size()));
    }
    return shape;
  }

  /** The same elements in row-major order under another shape of the same size. */
  default Tensor reshape(Shape shape) {
    if (shape.equals(self().shape())) {
      return self();
    }
    if (shape.size() != self().size()) {
      throw new IllegalArgumentException(
          "reshape: %s has %d elements but %s has %d"
              .formatted(self().shape(), self().size(), shape, shape.size()));
    }
    return ShapeOps.RESHAPE.apply(shape, self());
  }

  /**
   * As {@link #reshape(int...)}, refusing to copy. A symbolic tensor has no strides yet and is
   * reshaped.
   *
   * @throws IllegalArgumentException if no strides can express the shape over this array
   */
  default Tensor view(int... extents) {
    Shape shape = completed("view", extents);
    if (!self().isSymbolic() && self().view().layout().reshape(shape.raw()) == null) {
      throw new IllegalArgumentException(
          "view: %s as %s needs a copy; use reshape".formatted(self().shape(), shape));
    }
    return reshape(shape);
  }

  /** The same elements in a dense row-major array; this tensor if it is one already. */
  default Tensor contiguous() {
    return self().isSymbolic() || self().view().layout().isContiguous()
        ? self()
        : ShapeOps.CONTIGUOUS.apply(NONE, self());
  }

  /**
   * The axes in another order: axis k of the result is axis {@code order[k]} of this.
   *
   * @throws IllegalArgumentException if the order is no permutation of the axes
   */
  default Tensor permute(int... order) {
    Shape shape = self().shape();
    int[] normal = new int[order.length];
    boolean[] seen = new boolean[shape.rank()];
    for (int k = 0; k < order.length; k++) {
      normal[k] = shape.axis("permute", order[k]);
      if (seen[normal[k]]) {
        throw new IllegalArgumentException(
            "permute: axis %d is named twice for shape %s".formatted(order[k], shape));
      }
      seen[normal[k]] = true;
    }
    if (order.length != shape.rank()) {
      throw new IllegalArgumentException(
          "permute: %d axes given for shape %s of rank %d"
              .formatted(order.length, shape, shape.rank()));
    }
    return ShapeOps.permute(self(), normal);
  }

  /** Two axes exchanged. */
  default Tensor transpose(int axisA, int axisB) {
    Shape shape = self().shape();
    int a = shape.axis("transpose", axisA);
    int b = shape.axis("transpose", axisB);
    int[] order = new int[shape.rank()];
    for (int k = 0; k < order.length; k++) {
      order[k] = k == a ? b : k == b ? a : k;
    }
    return ShapeOps.permute(self(), order);
  }

  /** The matrix transposed: the last two axes exchanged. */
  default Tensor t() {
    return transpose(-2, -1);
  }

  /**
   * {@code start, start + step, ...} before {@code stop} along one axis. Negative bounds count from
   * the end and bounds beyond it are cut, as in Python.
   *
   * @throws IllegalArgumentException if the step is not positive (see {@link #flip}), or the axis
   *     is out of range
   */
  default Tensor slice(int axis, int start, int stop, int step) {
    int normal = self().shape().axis("slice", axis);
    if (step < 1) {
      throw new IllegalArgumentException("slice: step must be at least 1, not " + step);
    }
    int n = self().extent(normal);
    int from = Math.clamp(start < 0 ? (long) start + n : start, 0, n);
    int to = Math.clamp(stop < 0 ? (long) stop + n : stop, 0, n);
    int length = to > from ? (to - from + step - 1) / step : 0;
    return ShapeOps.SLICE.apply(new ShapeOps.Range(normal, from, step, length), self());
  }

  /**
   * Indices {@code start} to {@code stop - 1} along one axis, see {@link #slice(int, int, int,
   * int)}.
   */
  default Tensor slice(int axis, int start, int stop) {
    return slice(axis, start, stop, 1);
  }

  /**
   * {@code length} adjacent indices of an axis.
   *
   * @throws IllegalArgumentException if they do not all exist
   */
  default Tensor narrow(int axis, int start, int length) {
    int normal = self().shape().axis("narrow", axis);
    int n = self().extent(normal);
    if (start < 0 || length < 0 || start > n - length) {
      throw new IllegalArgumentException(
          "narrow: %d elements from %d are not all inside axis %d of shape %s"
              .formatted(length, start, axis, self().shape()));
    }
    return ShapeOps.SLICE.apply(new ShapeOps.Range(normal, start, 1, length), self());
  }

  /**
   * One index of an axis, which is dropped; negative indices count from the end.
   *
   * @throws IllegalArgumentException if there is no such index
   */
  default Tensor select(int axis, int index) {
    int normal = self().shape().axis("select", axis);
    int n = self().extent(normal);
    int i = index < 0 ? index + n : index;
    if (i < 0 || i >= n) {
      throw new IllegalArgumentException(
          "select: index %d is out of range at axis %d of shape %s"
              .formatted(index, axis, self().shape()));
    }
    return ShapeOps.SELECT.apply(new ShapeOps.Range(normal, i, 1, 1), self());
  }

  /**
   * At most {@code chunks} pieces of equal extent along an axis, the last possibly shorter.
   *
   * @throws IllegalArgumentException if {@code chunks} is not positive
   */
  default List<Tensor> chunk(int chunks, int axis) {
    int normal = self().shape().axis("chunk", axis);
    if (chunks < 1) {
      throw new IllegalArgumentException(
          "chunk: the number of chunks must be at least 1, not " + chunks);
    }
    int n = self().extent(normal);
    int size = Math.max(1, (n + chunks - 1) / chunks);
    int count = Math.max(1, (n + size - 1) / size);
    int[] sizes = new int[count];
    Arrays.fill(sizes, size);
    sizes[count - 1] = n - size * (count - 1);
    return ShapeOps.SPLIT.apply(new ShapeOps.Pieces(normal, sizes), self());
  }

  /** At most {@code chunks} pieces of equal extent along the last axis. */
  default List<Tensor> chunk(int chunks) {
    return chunk(chunks, -1);
  }

  /**
   * Pieces of the given extents along an axis.
   *
   * @throws IllegalArgumentException if they do not add up to the axis
   */
  default List<Tensor> split(int[] sizes, int axis) {
    int normal = self().shape().axis("split", axis);
    long total = 0;
    for (int size : sizes) {
      total += size;
      if (size < 0) {
        throw new IllegalArgumentException("split: size " + size + " is negative");
      }
    }
    if (total != self().extent(normal) || sizes.length == 0) {
      throw new IllegalArgumentException(
          "split: sizes %s add up to %d, not to the extent of axis %d of shape %s"
              .formatted(Arrays.toString(sizes), total, axis, self().shape()));
    }
    return ShapeOps.SPLIT.apply(new ShapeOps.Pieces(normal, sizes.clone()), self());
  }

  /** All indices of an axis in order, the axis dropped: the inverse of {@link Tensor#stack}. */
  default List<Tensor> unstack(int axis) {
    return ShapeOps.UNSTACK.apply(self().shape().axis("unstack", axis), self());
  }

  /**
   * The order reversed along axes.
   *
   * @throws IllegalArgumentException if an axis is out of range or named twice
   */
  default Tensor flip(int... axes) {
    Tensor out = self();
    ReductionOps.axes("flip", out.shape(), axes, true);
    for (int axis : axes) {
      int normal = self().shape().axis("flip", axis);
      int n = self().extent(normal);
      out = ShapeOps.SLICE.apply(new ShapeOps.Range(normal, Math.max(n - 1, 0), -1, n), out);
    }
    return out;
  }

  /** Element {@code (i + shift) mod n} of the result is element i, along one axis. */
  default Tensor roll(int shift, int axis) {
    int normal = self().shape().axis("roll", axis);
    int n = self().extent(normal);
    int head = n == 0 ? 0 : Math.floorMod(shift, n);
    return head == 0
        ? self()
        : ShapeOps.cat(
            normal, List.of(narrow(normal, n - head, head), narrow(normal, 0, n - head)));
  }

  /**
   * Stretched to a shape: axes of extent 1 repeat, leading axes are added; no copy.
   *
   * @throws IllegalArgumentException if an axis other than 1 would change
   */
  default Tensor expand(Shape shape) {
    if (!Shape.broadcast("expand", self().shape(), shape).equals(shape)) {
      throw new IllegalArgumentException(
          "expand: shape %s does not stretch to %s".formatted(self().shape(), shape));
    }
    return shape.equals(self().shape()) ? self() : ShapeOps.EXPAND.apply(shape, self());
  }

  /** Stretched to a shape, see {@link #expand(Shape)}; -1 leaves an axis as it is. */
  default Tensor expand(int... extents) {
    int[] e = extents.clone();
    int lead = e.length - self().rank();
    for (int axis = Math.max(lead, 0); axis < e.length; axis++) {
      if (e[axis] == -1) {
        e[axis] = self().shape().raw()[axis - lead];
      }
    }
    return expand(Shape.owning(e));
  }

  /** Without an axis of extent 1; an axis of another extent stays, as in PyTorch. */
  default Tensor squeeze(int axis) {
    int normal = self().shape().axis("squeeze", axis);
    return self().extent(normal) == 1 ? reshape(self().shape().without(normal)) : self();
  }

  /** Without any axis of extent 1. */
  default Tensor squeeze() {
    return reshape(
        Shape.owning(Arrays.stream(self().shape().raw()).filter(extent -> extent != 1).toArray()));
  }

  /** With an axis of extent 1 before {@code axis}; -1 adds it at the end. */
  default Tensor unsqueeze(int axis) {
    return reshape(self().shape().inserted(self().shape().newAxis("unsqueeze", axis), 1));
  }
}
