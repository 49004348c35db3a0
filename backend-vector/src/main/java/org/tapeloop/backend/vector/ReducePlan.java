package org.tapeloop.backend.vector;

import org.tapeloop.autograd.spi.Layout;

/**
 * The axes of a reduction, sorted into kept and reduced ones, neighbours merged where their strides
 * allow.
 *
 * @param kept extents of the kept axes, outermost first
 * @param keptStrides their strides in the operand
 * @param outStrides their strides in the output
 * @param reduced extents of the reduced axes, outermost first
 * @param reducedStrides their strides in the operand
 */
@SuppressWarnings("ArrayRecordComponent") // read once, never compared
record ReducePlan(
    int[] kept, int[] keptStrides, int[] outStrides, int[] reduced, int[] reducedStrides) {

  static ReducePlan of(Layout x, Layout out) {
    int rank = x.rank();
    int[][] axes = new int[5][rank + 1];
    int kept = 0;
    int reduced = 0;
    boolean afterKept = false;
    boolean afterReduced = false;
    for (int axis = 0; axis < rank; axis++) {
      int extent = x.extent(axis);
      if (extent == 1) {
        continue;
      }
      int stride = x.stride(axis);
      if (out.extent(axis) == 1) {
        if (afterReduced && axes[4][reduced - 1] == stride * extent) {
          axes[3][reduced - 1] *= extent;
        } else {
          axes[3][reduced++] = extent;
        }
        axes[4][reduced - 1] = stride;
        afterReduced = true;
        afterKept = false;
      } else {
        int outStride = out.stride(axis);
        if (afterKept
            && axes[1][kept - 1] == stride * extent
            && axes[2][kept - 1] == outStride * extent) {
          axes[0][kept - 1] *= extent;
        } else {
          axes[0][kept++] = extent;
        }
        axes[1][kept - 1] = stride;
        axes[2][kept - 1] = outStride;
        afterKept = true;
        afterReduced = false;
      }
    }
    if (reduced == 0) {
      axes[3][reduced++] = 1;
    }
    return new ReducePlan(
        java.util.Arrays.copyOf(axes[0], kept),
        java.util.Arrays.copyOf(axes[1], kept),
        java.util.Arrays.copyOf(axes[2], kept),
        java.util.Arrays.copyOf(axes[3], reduced),
        java.util.Arrays.copyOf(axes[4], reduced));
  }

  /** Where the element of a row-major index over axes lies. */
  static int position(int index, int[] extents, int[] strides, int axes) {
    int position = 0;
    int rest = index;
    for (int axis = axes - 1; axis >= 0; axis--) {
      position += rest % extents[axis] * strides[axis];
      rest /= extents[axis];
    }
    return position;
  }

  /** Product of the first extents. */
  static int count(int[] extents, int axes) {
    int count = 1;
    for (int axis = 0; axis < axes; axis++) {
      count *= extents[axis];
    }
    return count;
  }
}
