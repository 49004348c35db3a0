package org.tapeloop.autograd.scan;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.MatrixPacking;
import org.tapeloop.autograd.spi.RowPrograms.RowKernel;

/**
 * The operands of a row program in a frame, for one thread at a time; and those of them that are
 * far away, for the product before the program.
 */
final class Operands implements MatrixPacking.Upcoming {
  /** An array of so many bytes, a part of it for each step, has left the nearer caches. */
  private static final int FAR = 1 << 20;

  private final Frame frame;
  private final Location[] places;
  private final @Nullable Object[] arrays;
  private final int[] offsets;
  private final int[] strides;

  /** The operands that are far away, as many as {@link #parts}. */
  private final int[] far;

  private int parts;
  private int rows;

  Operands(Frame frame, Location[] places) {
    this.frame = frame;
    this.places = places;
    arrays = new @Nullable Object[places.length];
    offsets = new int[places.length];
    strides = new int[places.length];
    far = new int[places.length];
  }

  /** Takes the arrays that the frame's buffers are bound to now. */
  void bind() {
    parts = 0;
    for (int k = 0; k < places.length; k++) {
      int buffer = places[k].buffer();
      arrays[k] = frame.array(buffer);
      strides[k] = frame.rowStride(buffer);
      if (frame.hasSteps(buffer, FAR)) {
        far[parts++] = k;
      }
    }
  }

  /** Lets go of the arrays. */
  void close() {
    Arrays.fill(arrays, null);
  }

  /** Runs the program on rows {@code from .. from + rows - 1} as seen from step t. */
  void run(RowKernel kernel, int t, int from, int rows) {
    for (int k = 0; k < offsets.length; k++) {
      offsets[k] = frame.start(places[k], t) + from * strides[k];
    }
    kernel.run(arrays, offsets, strides, rows);
  }

  /** Looks at rows {@code from .. from + count - 1} as seen from step t, which come next. */
  MatrixPacking.Upcoming upcoming(int t, int from, int count) {
    for (int i = 0; i < parts; i++) {
      int k = far[i];
      offsets[k] = frame.start(places[k], t) + from * strides[k];
    }
    rows = count;
    return this;
  }

  @Override
  public int parts() {
    return parts;
  }

  @Override
  public Object array(int part) {
    return Objects.requireNonNull(arrays[far[part]]);
  }

  @Override
  public int start(int part) {
    return offsets[far[part]];
  }

  @Override
  public int length(int part) {
    return rows * strides[far[part]];
  }
}
