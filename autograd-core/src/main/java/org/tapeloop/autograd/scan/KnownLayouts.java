package org.tapeloop.autograd.scan;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.Layout;

/**
 * Layouts of a frame's views, which are the same in every run on like extents: each is made once.
 *
 * <p>A table of fixed size, so that runs on ever other extents do not fill memory: where it is
 * full, a layout takes another's place. Safe for several threads: layouts are immutable, and one
 * that a thread does not see is made again.
 */
final class KnownLayouts {
  private static final int PLACES = 1024;

  /** Places that a layout may stand at, from its own on. */
  private static final int NEAR = 4;

  private final @Nullable Layout[] known = new @Nullable Layout[PLACES + NEAR];

  /** [columns]. */
  Layout row(int offset, int columns, int columnStride) {
    return layout(1, offset, 1, 1, columns, 0, 0, columnStride);
  }

  /** [rows, columns]. */
  Layout matrix(int offset, int rows, int columns, int rowStride, int columnStride) {
    return layout(2, offset, 1, rows, columns, 0, rowStride, columnStride);
  }

  /** [steps, rows, columns], the columns side by side. */
  Layout steps(int offset, int steps, int rows, int columns, int stepStride, int rowStride) {
    return layout(3, offset, steps, rows, columns, stepStride, rowStride, 1);
  }

  private Layout layout(
      int rank,
      int offset,
      int steps,
      int rows,
      int columns,
      int stepStride,
      int rowStride,
      int columnStride) {
    int place = place(rank + offset, steps, rows, columns, stepStride, rowStride, columnStride);
    int free = place;
    for (int at = place + NEAR - 1; at >= place; at--) {
      Layout found = known[at];
      if (found == null) {
        free = at;
      } else if (found.rank() == rank
          && found.offset() == offset
          && isAxis(found, rank - 1, columns, columnStride)
          && (rank < 2 || isAxis(found, rank - 2, rows, rowStride))
          && (rank < 3 || isAxis(found, 0, steps, stepStride))) {
        return found;
      }
    }
    int[] extents = {steps, rows, columns};
    int[] strides = {stepStride, rowStride, columnStride};
    Layout made =
        Layout.strided(
            offset,
            Arrays.copyOfRange(extents, 3 - rank, 3),
            Arrays.copyOfRange(strides, 3 - rank, 3));
    known[free] = made;
    return made;
  }

  private static boolean isAxis(Layout layout, int axis, int extent, int stride) {
    return layout.extent(axis) == extent && layout.stride(axis) == stride;
  }

  private static int place(int a, int b, int c, int d, int e, int f, int g) {
    int hash = (((((a * 31 + b) * 31 + c) * 31 + d) * 31 + e) * 31 + f) * 31 + g;
    return (hash * 0x9E3779B9) >>> (Integer.SIZE - Integer.numberOfTrailingZeros(PLACES));
  }
}
