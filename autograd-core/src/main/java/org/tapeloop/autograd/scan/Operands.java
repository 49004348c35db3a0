package org.tapeloop.autograd.scan;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.RowPrograms.RowKernel;

/** The operands of a row program in a frame, for one thread at a time. */
final class Operands {
  private final Frame frame;
  private final Location[] places;
  private final @Nullable Object[] arrays;
  private final int[] offsets;
  private final int[] strides;

  Operands(Frame frame, Location[] places) {
    this.frame = frame;
    this.places = places;
    arrays = new @Nullable Object[places.length];
    offsets = new int[places.length];
    strides = new int[places.length];
  }

  /** Takes the arrays that the frame's buffers are bound to now. */
  void bind() {
    for (int k = 0; k < places.length; k++) {
      arrays[k] = frame.array(places[k].buffer());
      strides[k] = frame.rowStride(places[k].buffer());
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
}
