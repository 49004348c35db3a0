package org.tapeloop.autograd.tck;

import java.util.EnumSet;
import java.util.List;
import org.tapeloop.autograd.spi.Layout;

/** Ways to lay an array of given extents into a flat array. */
enum Arrangement {
  /** Dense, filling the flat array to its last element: a read past the end throws. */
  DENSE,
  /** Dense, with other elements before and after. */
  INSET,
  /** The rows of a wider matrix: elements between the rows belong to others. */
  PADDED,
  /** Every second element of a row. */
  STEPPED,
  /** First axis fastest. */
  TRANSPOSED,
  /** First axis fastest, with other elements between the columns. */
  TRANSPOSED_PADDED,
  /** The last axis runs backwards. */
  FLIPPED,
  /** The first axis runs backwards. */
  FLIPPED_ROWS,
  /** Every axis runs backwards, first axis fastest. */
  FLIPPED_TRANSPOSED,
  /** One row shown many times: the first axis has stride 0. */
  STRETCHED_ROWS,
  /** One column shown many times: the last axis has stride 0. */
  STRETCHED_COLUMNS,
  /** One element shown everywhere. */
  STRETCHED;

  /** Those an output may have. */
  static final List<Arrangement> WRITABLE = List.copyOf(EnumSet.range(DENSE, FLIPPED_TRANSPOSED));

  private static final int GUARD = 37;

  /** Elements of others before and after the view. */
  int guard() {
    return this == DENSE ? 0 : GUARD;
  }

  /** The layout of an array whose first position in memory is {@link #guard()}. */
  Layout layout(int... extents) {
    int rank = extents.length;
    int[] strides = new int[rank];
    int offset = guard();
    int next = this == STEPPED ? 2 : 1;
    for (int k = 0; k < rank; k++) {
      int axis = firstAxisFastest() ? k : rank - 1 - k;
      int extent = Math.max(extents[axis], 1);
      if (stretches(axis, rank)) {
        continue;
      }
      strides[axis] = next;
      next = next * extent + (k == 0 ? padding() : 0);
      if (flips(axis, rank)) {
        offset += (extent - 1) * strides[axis];
        strides[axis] = -strides[axis];
      }
    }
    return Layout.strided(offset, extents.clone(), strides);
  }

  /** How long a flat array {@link #layout} needs. */
  int length(int... extents) {
    Layout layout = layout(extents);
    int last = layout.offset();
    for (int axis = 0; axis < extents.length; axis++) {
      last += Math.max(0, (extents[axis] - 1) * layout.stride(axis));
    }
    return layout.size() == 0 ? 2 * guard() : last + 1 + guard();
  }

  private boolean firstAxisFastest() {
    return this == TRANSPOSED || this == TRANSPOSED_PADDED || this == FLIPPED_TRANSPOSED;
  }

  private int padding() {
    return this == PADDED || this == TRANSPOSED_PADDED ? 3 : 0;
  }

  private boolean flips(int axis, int rank) {
    return switch (this) {
      case FLIPPED -> axis == rank - 1;
      case FLIPPED_ROWS -> axis == 0;
      case FLIPPED_TRANSPOSED -> true;
      default -> false;
    };
  }

  private boolean stretches(int axis, int rank) {
    return switch (this) {
      case STRETCHED_ROWS -> axis == 0;
      case STRETCHED_COLUMNS -> axis == rank - 1;
      case STRETCHED -> true;
      default -> false;
    };
  }
}
