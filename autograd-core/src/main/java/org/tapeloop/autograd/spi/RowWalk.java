package org.tapeloop.autograd.spi;

import java.util.Arrays;

/**
 * Visits several layouts of equal extents row by row, so that a kernel needs only a loop over one
 * row.
 *
 * <p>Axes that lie evenly spaced in every layout are merged first: dense operands make one single
 * row. A row of operand k starts at {@link #start(int)} and steps by {@link #step(int)}. Usage:
 *
 * <pre>{@code
 * var walk = RowWalk.over(x.layout(), out.layout());
 * for (int row = 0; row < walk.rows(); row++) {
 *   walk.seek(row);
 *   loop(walk.start(0), walk.step(0), walk.start(1), walk.step(1), walk.rowLength());
 * }
 * }</pre>
 *
 * <p>A walk is a cursor: one thread each; {@link #copy} makes another over the same rows.
 */
public final class RowWalk {
  private final int[] extents;
  private final int[][] strides;
  private final int[] offsets;
  private final int[] starts;
  private final int rowLength;
  private final int rows;

  private RowWalk(int[] extents, int[][] strides, int[] offsets, int rowLength, int rows) {
    this.extents = extents;
    this.strides = strides;
    this.offsets = offsets;
    this.starts = offsets.clone();
    this.rowLength = rowLength;
    this.rows = rows;
  }

  /** A walk over layouts that all have the extents of the first. */
  public static RowWalk over(Layout... layouts) {
    Layout first = layouts[0];
    int operands = layouts.length;
    int rank = first.rank();
    int[] extents = new int[Math.max(rank, 1)];
    int[][] strides = new int[operands][extents.length];
    int merged = 0;
    for (int axis = 0; axis < rank; axis++) {
      int extent = first.extent(axis);
      if (extent == 1) {
        continue;
      }
      if (merged > 0 && continues(layouts, axis, extent, strides, merged - 1)) {
        extents[merged - 1] *= extent;
      } else {
        extents[merged++] = extent;
      }
      for (int k = 0; k < operands; k++) {
        strides[k][merged - 1] = layouts[k].stride(axis);
      }
    }
    if (merged == 0) {
      extents[merged++] = 1;
    }
    int rows = 1;
    for (int axis = 0; axis < merged - 1; axis++) {
      rows *= extents[axis];
    }
    int[] offsets = new int[operands];
    int[][] kept = new int[operands][];
    for (int k = 0; k < operands; k++) {
      offsets[k] = layouts[k].offset();
      kept[k] = Arrays.copyOf(strides[k], merged);
    }
    int rowLength = extents[merged - 1];
    return new RowWalk(
        Arrays.copyOf(extents, merged), kept, offsets, rowLength, rowLength == 0 ? 0 : rows);
  }

  private static boolean continues(
      Layout[] layouts, int axis, int extent, int[][] strides, int previous) {
    for (int k = 0; k < layouts.length; k++) {
      if (strides[k][previous] != layouts[k].stride(axis) * extent) {
        return false;
      }
    }
    return true;
  }

  /** Another cursor over the same rows. */
  public RowWalk copy() {
    return new RowWalk(extents, strides, offsets, rowLength, rows);
  }

  /** Number of rows. */
  public int rows() {
    return rows;
  }

  /** Elements in a row. */
  public int rowLength() {
    return rowLength;
  }

  /** Distance between neighbours of a row in operand k. */
  public int step(int k) {
    return strides[k][extents.length - 1];
  }

  /** Position of the current row's first element in operand k. */
  public int start(int k) {
    return starts[k];
  }

  /** Moves to a row in 0..rows()-1. */
  public void seek(int row) {
    System.arraycopy(offsets, 0, starts, 0, starts.length);
    int rest = row;
    for (int axis = extents.length - 2; axis >= 0; axis--) {
      int index = rest % extents[axis];
      rest /= extents[axis];
      for (int k = 0; k < starts.length; k++) {
        starts[k] += index * strides[k][axis];
      }
    }
  }
}
