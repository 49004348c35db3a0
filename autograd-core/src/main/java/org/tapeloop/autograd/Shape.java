package org.tapeloop.autograd;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.Layout;
import org.tapeloop.autograd.spi.TensorSizeException;

/**
 * The extents of a tensor's axes, outermost first. The scalar shape {@code []} has rank 0 and size
 * 1; an extent may be 0.
 *
 * <p>Shapes are immutable values.
 */
public final class Shape {
  /** The shape of a scalar. */
  public static final Shape SCALAR = new Shape(new int[0], 1);

  private final int[] extents;
  private final int size;

  /** Made when first asked for; threads that race make equal ones. */
  private @Nullable Layout layout;

  private Shape(int[] extents, int size) {
    this.extents = extents;
    this.size = size;
  }

  /**
   * The shape with these extents.
   *
   * @throws IllegalArgumentException if an extent is negative
   * @throws TensorSizeException if the size exceeds the longest Java array
   */
  public static Shape of(int... extents) {
    return owning(extents.clone());
  }

  /** As {@link #of}, taking over the array. */
  static Shape owning(int[] extents) {
    long size = 1;
    for (int extent : extents) {
      if (extent < 0) {
        throw new IllegalArgumentException(
            "shape: extent " + extent + " in " + Arrays.toString(extents) + " is negative");
      }
      size *= extent;
      if (size > Integer.MAX_VALUE - 8) {
        throw new TensorSizeException(extents);
      }
    }
    return new Shape(extents, (int) size);
  }

  /** Number of axes. */
  public int rank() {
    return extents.length;
  }

  /** Number of elements: the product of the extents, 1 for a scalar. */
  public int size() {
    return size;
  }

  /**
   * Extent of an axis; negative axes count from the end.
   *
   * @throws IllegalArgumentException if there is no such axis
   */
  public int extent(int axis) {
    return extents[axis("extent", axis)];
  }

  /** A copy of the extents. */
  public int[] extents() {
    return extents.clone();
  }

  /** The axis as a number from 0, for an operation that names itself in the error. */
  int axis(String operation, int axis) {
    int rank = extents.length;
    int normal = axis < 0 ? axis + rank : axis;
    if (normal < 0 || normal >= rank) {
      throw new IllegalArgumentException(
          "%s: axis %d is out of range for shape %s of rank %d"
              .formatted(operation, axis, this, rank));
    }
    return normal;
  }

  /** The place of an axis to be inserted as a number from 0; -1 is behind the last. */
  int newAxis(String operation, int axis) {
    int normal = axis < 0 ? axis + rank() + 1 : axis;
    if (normal < 0 || normal > rank()) {
      throw new IllegalArgumentException(
          "%s: a new axis %d is out of range for shape %s".formatted(operation, axis, this));
    }
    return normal;
  }

  /** A dense layout of this shape. */
  Layout layout() {
    Layout dense = layout;
    if (dense == null) {
      dense = Layout.rowMajor(extents);
      layout = dense;
    }
    return dense;
  }

  /** The layout of the same elements under this shape, or null where that takes a copy. */
  @Nullable Layout layoutOf(Layout elements) {
    return elements.isContiguous() && elements.offset() == 0 ? layout() : elements.reshape(extents);
  }

  /** The extents themselves, for reading only. */
  int[] raw() {
    return extents;
  }

  /** This shape with one extent replaced. */
  Shape withExtent(int axis, int extent) {
    int[] e = extents.clone();
    e[axis] = extent;
    return owning(e);
  }

  /** This shape without one axis. */
  Shape without(int axis) {
    int[] e = new int[extents.length - 1];
    System.arraycopy(extents, 0, e, 0, axis);
    System.arraycopy(extents, axis + 1, e, axis, e.length - axis);
    return owning(e);
  }

  /** This shape with another axis before {@code axis}. */
  Shape inserted(int axis, int extent) {
    int[] e = new int[extents.length + 1];
    System.arraycopy(extents, 0, e, 0, axis);
    e[axis] = extent;
    System.arraycopy(extents, axis, e, axis + 1, extents.length - axis);
    return owning(e);
  }

  /**
   * The shape both stretch to: aligned at the right, extent 1 or a missing axis stretches.
   *
   * @throws IllegalArgumentException naming the operation, both shapes and the axis that does not
   *     fit
   */
  static Shape broadcast(String operation, Shape a, Shape b) {
    if (a.equals(b)) {
      return a;
    }
    int rank = Math.max(a.rank(), b.rank());
    int[] e = new int[rank];
    for (int back = 1; back <= rank; back++) {
      int ea = back <= a.rank() ? a.extents[a.rank() - back] : 1;
      int eb = back <= b.rank() ? b.extents[b.rank() - back] : 1;
      if (ea != eb && ea != 1 && eb != 1) {
        throw new IllegalArgumentException(
            "%s: shapes %s and %s do not broadcast: extents %d and %d at axis -%d"
                .formatted(operation, a, b, ea, eb, back));
      }
      e[rank - back] = ea == 1 ? eb : ea;
    }
    if (Arrays.equals(e, a.extents)) {
      return a;
    }
    return Arrays.equals(e, b.extents) ? b : owning(e);
  }

  @Override
  public boolean equals(Object other) {
    return this == other || (other instanceof Shape s && Arrays.equals(extents, s.extents));
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(extents);
  }

  @Override
  public String toString() {
    return Arrays.toString(extents);
  }
}
