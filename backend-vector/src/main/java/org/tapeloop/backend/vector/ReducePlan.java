package org.tapeloop.backend.vector;

import org.tapeloop.autograd.spi.Layout;

/**
 * The axes of a reduction, sorted into kept and reduced ones, outermost first, neighbours merged
 * where their strides allow.
 *
 * <p>One object a thread, set anew for each reduction, so that these allocate nothing.
 */
final class ReducePlan {
  private static final int USUAL_RANK = 4;

  /** Number of kept axes. */
  int kept;

  /** Number of reduced axes, at least 1. */
  int reduced;

  /** Extents of the kept axes. */
  int[] keptExtents = new int[USUAL_RANK];

  /** Strides of the kept axes in the operand. */
  int[] keptStrides = new int[USUAL_RANK];

  /** Strides of the kept axes in the output. */
  int[] outStrides = new int[USUAL_RANK];

  /** Extents of the reduced axes. */
  int[] reducedExtents = new int[USUAL_RANK];

  /** Strides of the reduced axes in the operand. */
  int[] reducedStrides = new int[USUAL_RANK];

  /** Plans a reduction to the axes of {@code out} whose extents are not 1. */
  void set(Layout x, Layout out) {
    clear(x.rank());
    boolean afterKept = false;
    boolean afterReduced = false;
    for (int axis = 0; axis < x.rank(); axis++) {
      int extent = x.extent(axis);
      if (extent == 1) {
        continue;
      }
      int stride = x.stride(axis);
      if (out.extent(axis) == 1) {
        if (afterReduced && reducedStrides[reduced - 1] == stride * extent) {
          reducedExtents[reduced - 1] *= extent;
        } else {
          reducedExtents[reduced++] = extent;
        }
        reducedStrides[reduced - 1] = stride;
        afterReduced = true;
        afterKept = false;
      } else {
        int outStride = out.stride(axis);
        if (afterKept
            && keptStrides[kept - 1] == stride * extent
            && outStrides[kept - 1] == outStride * extent) {
          keptExtents[kept - 1] *= extent;
        } else {
          keptExtents[kept++] = extent;
        }
        keptStrides[kept - 1] = stride;
        outStrides[kept - 1] = outStride;
        afterKept = true;
        afterReduced = false;
      }
    }
    if (reduced == 0) {
      reducedExtents[0] = 1;
      reducedStrides[0] = 0;
      reduced = 1;
    }
  }

  private void clear(int rank) {
    kept = 0;
    reduced = 0;
    if (keptExtents.length < rank) {
      keptExtents = new int[rank];
      keptStrides = new int[rank];
      outStrides = new int[rank];
      reducedExtents = new int[rank];
      reducedStrides = new int[rank];
    }
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
