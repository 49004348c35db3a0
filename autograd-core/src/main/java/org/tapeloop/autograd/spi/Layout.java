package org.tapeloop.autograd.spi;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where the elements of an n-dimensional array lie in a flat Java array: element {@code [i0, i1,
 * ...]} is at {@code offset + i0*stride0 + i1*stride1 + ...}.
 *
 * <p>Strides count elements, not bytes. A stride may be 0 (a stretched axis: every index reads the
 * same element) or negative (a flipped axis). Layouts are immutable.
 */
public final class Layout {
  private static final int[] NONE = {};

  private final int offset;
  private final int[] extents;
  private final int[] strides;
  private final int size;
  private final boolean contiguous;

  private Layout(int offset, int[] extents, int[] strides, int size, boolean contiguous) {
    this.offset = offset;
    this.extents = extents;
    this.strides = strides;
    this.size = size;
    this.contiguous = contiguous;
  }

  /**
   * A dense layout from position 0, last axis fastest. The array of extents is taken over, not
   * copied: the caller leaves it as it is from then on.
   *
   * @throws TensorSizeException if the number of elements does not fit an {@code int}
   */
  public static Layout rowMajor(int... extents) {
    int rank = extents.length;
    if (rank == 0) {
      return new Layout(0, NONE, NONE, 1, true);
    }
    int[] strides = new int[rank];
    int size = 1;
    for (int axis = rank - 1; axis >= 0; axis--) {
      strides[axis] = size;
      size = product(size, axis, extents);
    }
    return new Layout(0, extents, strides, size, true);
  }

  /** Any layout. Both arrays are taken over, not copied. */
  public static Layout strided(int offset, int[] extents, int[] strides) {
    if (extents.length != strides.length) {
      throw new IllegalArgumentException(
          "layout: " + extents.length + " extents but " + strides.length + " strides");
    }
    int size = 1;
    for (int axis = 0; axis < extents.length; axis++) {
      size = product(size, axis, extents);
    }
    return new Layout(offset, extents, strides, size, size == 0 || isDense(extents, strides));
  }

  private static int product(int size, int axis, int... extents) {
    long product = (long) size * extents[axis];
    if (product > Integer.MAX_VALUE) {
      throw new TensorSizeException(extents);
    }
    return (int) product;
  }

  private static boolean isDense(int[] extents, int[] strides) {
    int expected = 1;
    for (int axis = extents.length - 1; axis >= 0; axis--) {
      if (extents[axis] != 1 && strides[axis] != expected) {
        return false;
      }
      expected *= extents[axis];
    }
    return true;
  }

  /** Position of the first element in the flat array. */
  public int offset() {
    return offset;
  }

  /** Number of axes. */
  public int rank() {
    return extents.length;
  }

  /** Extent of an axis, counted from 0. */
  public int extent(int axis) {
    return extents[axis];
  }

  /** Stride of an axis in elements, counted from 0. */
  public int stride(int axis) {
    return strides[axis];
  }

  /** A copy of the extents. */
  public int[] extents() {
    return extents.clone();
  }

  /** Number of elements: the product of the extents, 1 for rank 0. */
  public int size() {
    return size;
  }

  /**
   * Whether the elements fill {@code size()} adjacent positions from {@code offset()} in row-major
   * order.
   */
  public boolean isContiguous() {
    return contiguous;
  }

  /** Whether both have the same extents. */
  public boolean sameExtents(Layout other) {
    return this == other || extents == other.extents || Arrays.equals(extents, other.extents);
  }

  /** The axes in another order: axis {@code k} of the result is axis {@code order[k]} of this. */
  public Layout permute(int... order) {
    int[] e = new int[order.length];
    int[] s = new int[order.length];
    for (int k = 0; k < order.length; k++) {
      e[k] = extents[order[k]];
      s[k] = strides[order[k]];
    }
    return strided(offset, e, s);
  }

  /** This layout with two axes exchanged. */
  public Layout transpose(int axisA, int axisB) {
    int[] e = extents.clone();
    int[] s = strides.clone();
    e[axisA] = extents[axisB];
    e[axisB] = extents[axisA];
    s[axisA] = strides[axisB];
    s[axisB] = strides[axisA];
    return strided(offset, e, s);
  }

  /** Along one axis, the elements {@code start, start + step, ...}, {@code length} of them. */
  public Layout slice(int axis, int start, int step, int length) {
    int[] e = extents.clone();
    int[] s = strides.clone();
    e[axis] = length;
    s[axis] = strides[axis] * step;
    int first = length == 0 ? offset : offset + start * strides[axis];
    return strided(first, e, s);
  }

  /** One index of an axis; the axis is dropped. */
  public Layout select(int axis, int index) {
    int rank = extents.length;
    int[] e = new int[rank - 1];
    int[] s = new int[rank - 1];
    for (int from = 0, to = 0; from < rank; from++) {
      if (from != axis) {
        e[to] = extents[from];
        s[to++] = strides[from];
      }
    }
    return strided(offset + index * strides[axis], e, s);
  }

  /**
   * Stretches axes of extent 1 to the wanted extents, adding leading axes as needed. The wanted
   * extents must be compatible; the array is taken over, not copied.
   */
  public Layout broadcastTo(int... wanted) {
    if (Arrays.equals(extents, wanted)) {
      return this;
    }
    int[] s = new int[wanted.length];
    int lead = wanted.length - extents.length;
    for (int axis = lead; axis < wanted.length; axis++) {
      s[axis] = extents[axis - lead] == wanted[axis] ? strides[axis - lead] : 0;
    }
    return strided(offset, wanted, s);
  }

  /**
   * The same elements in the same row-major order under other extents, or null where no strides can
   * express that without a copy. The array is taken over, not copied.
   */
  public @Nullable Layout reshape(int... wanted) {
    if (contiguous) {
      Layout dense = rowMajor(wanted);
      return offset == 0
          ? dense
          : new Layout(offset, dense.extents, dense.strides, dense.size, true);
    }
    int[] s = new int[wanted.length];
    int from = 0;
    int to = 0;
    while (from < extents.length || to < wanted.length) {
      // Gather the smallest runs of old and new axes that hold the same number of elements.
      int oldEnd = from;
      int newEnd = to;
      long oldCount = 1;
      long newCount = 1;
      do {
        if (oldCount <= newCount && oldEnd < extents.length) {
          oldCount *= extents[oldEnd++];
        } else if (newEnd < wanted.length) {
          newCount *= wanted[newEnd++];
        } else {
          oldCount *= extents[oldEnd++];
        }
      } while (oldCount != newCount);
      if (!spread(from, oldEnd, s, wanted, to, newEnd)) {
        return null;
      }
      from = oldEnd;
      to = newEnd;
    }
    return strided(offset, wanted, s);
  }

  /**
   * Gives the new axes of one run their strides; false if the run's old axes are not evenly spaced.
   */
  private boolean spread(int from, int oldEnd, int[] s, int[] wanted, int to, int newEnd) {
    int stride = 0;
    int span = 0;
    boolean innermost = true;
    for (int axis = oldEnd - 1; axis >= from; axis--) {
      if (extents[axis] == 1) {
        continue;
      }
      if (innermost) {
        stride = strides[axis];
        innermost = false;
      } else if (strides[axis] != span) {
        return false;
      }
      span = strides[axis] * extents[axis];
    }
    for (int axis = newEnd - 1; axis >= to; axis--) {
      s[axis] = stride;
      stride *= wanted[axis];
    }
    return true;
  }

  /** Adds an axis of extent 1 before {@code axis}. */
  public Layout insertAxis(int axis) {
    int rank = extents.length;
    int[] e = new int[rank + 1];
    int[] s = new int[rank + 1];
    for (int to = 0, from = 0; to <= rank; to++) {
      if (to == axis) {
        e[to] = 1;
        s[to] = 0;
      } else {
        e[to] = extents[from];
        s[to] = strides[from++];
      }
    }
    return strided(offset, e, s);
  }

  @Override
  public String toString() {
    return Arrays.toString(extents) + " strides " + Arrays.toString(strides) + " at " + offset;
  }
}
