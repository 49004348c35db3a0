package org.tapeloop.autograd.scan;

import java.util.Arrays;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.DoubleView;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;

/**
 * The memory behind a plan's buffers for one execution: each a stack of matrices with the batch as
 * rows.
 */
final class Frame {
  final int steps;
  final int batch;
  private final ArrayView like;
  private final Object[] arrays;
  private final int[] bases;
  private final int[] rowStrides;
  private final int[] stepStrides;

  /**
   * @param like of the element type
   */
  Frame(ArrayView like, int steps, int batch, int buffers) {
    this.like = like;
    this.steps = steps;
    this.batch = batch;
    arrays = new Object[buffers];
    bases = new int[buffers];
    rowStrides = new int[buffers];
    stepStrides = new int[buffers];
  }

  private Frame(Frame from, int buffers) {
    like = from.like;
    steps = from.steps;
    batch = from.batch;
    arrays = Arrays.copyOf(from.arrays, buffers);
    bases = Arrays.copyOf(from.bases, buffers);
    rowStrides = Arrays.copyOf(from.rowStrides, buffers);
    stepStrides = Arrays.copyOf(from.stepStrides, buffers);
  }

  /** A frame whose first buffers are this one's. */
  Frame extended(int buffers) {
    return new Frame(this, buffers);
  }

  /** Binds a buffer to an array. */
  void bind(int buffer, ArrayView view, int base, int rowStride, int stepStride) {
    arrays[buffer] =
        switch (view) {
          case FloatView f -> f.array();
          case DoubleView d -> d.array();
        };
    bases[buffer] = base;
    rowStrides[buffer] = rowStride;
    stepStrides[buffer] = stepStride;
  }

  /** Binds a buffer to a dense array [matrices, batch, width], or to one matrix for all steps. */
  void bindSteps(int buffer, ArrayView dense, int width) {
    bind(buffer, dense, dense.layout().offset(), width, batch * width);
  }

  /** Gives a buffer memory of its own. */
  ArrayView allocate(int buffer, int matrices, int width) {
    ArrayView view = like.allocate(matrices, batch, width);
    bindSteps(buffer, view, width);
    return view;
  }

  Object array(int buffer) {
    return arrays[buffer];
  }

  int rowStride(int buffer) {
    return rowStrides[buffer];
  }

  /** Position of row 0, column 0 of a buffer as seen from step t. */
  int start(Location at, int t) {
    return bases[at.buffer()] + at.at().step(t) * stepStrides[at.buffer()];
  }

  /** Rows {@code from .. from + rows - 1} of a place as seen from step t. */
  ArrayView rows(Location at, int t, int from, int rows) {
    int stride = rowStrides[at.buffer()];
    return matrix(
        at.buffer(), start(at, t) + from * stride + at.column(), rows, at.width(), stride);
  }

  /** All rows of all steps of a place. */
  ArrayView allRows(Location at) {
    return rows(at, 0, 0, steps * batch);
  }

  /** A place as [steps, batch * width], if its rows have no gaps. */
  ArrayView bySteps(Location at) {
    int stride = rowStrides[at.buffer()];
    Layout layout =
        Layout.strided(
            start(at, 0) + at.column(),
            new int[] {steps, batch, at.width()},
            new int[] {stepStrides[at.buffer()], stride, 1});
    return view(at.buffer(), layout);
  }

  private ArrayView matrix(int buffer, int offset, int rows, int columns, int stride) {
    return view(buffer, Layout.strided(offset, new int[] {rows, columns}, new int[] {stride, 1}));
  }

  private ArrayView view(int buffer, Layout layout) {
    return arrays[buffer] instanceof float[] floats
        ? new FloatView(floats, layout)
        : new DoubleView((double[]) arrays[buffer], layout);
  }

  ArrayView like() {
    return like;
  }
}
