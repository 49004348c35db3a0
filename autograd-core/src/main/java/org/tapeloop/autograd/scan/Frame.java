package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.DoubleView;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;
import org.tapeloop.autograd.spi.MatrixPacking.PackedMatrix;

/**
 * The memory behind a plan's buffers: each a stack of matrices with the batch as rows, one a step.
 *
 * <p>A frame looks at a window of the steps, which are counted from its start. It serves one
 * execution at a time and then the next: what it has allocated, packed matrices included, is used
 * again, and grows where an execution needs more.
 */
final class Frame {
  private final ArrayView like;
  private final @Nullable ArrayView[] own;
  private final @Nullable Object[] arrays;
  private final int[] bases;
  private final int[] rowStrides;
  private final int[] stepStrides;
  private final @Nullable PackedMatrix[] packed;

  /** Memory of matrices put together of captured ones. */
  private final List<ArrayView> joined = new ArrayList<>();

  private int steps;
  private int batch;

  /**
   * @param like of the element type
   * @param buffers how many
   * @param matrices how many matrices are packed
   */
  Frame(ArrayView like, int buffers, int matrices) {
    this.like = like.allocate(0);
    own = new @Nullable ArrayView[buffers];
    arrays = new @Nullable Object[buffers];
    bases = new int[buffers];
    rowStrides = new int[buffers];
    stepStrides = new int[buffers];
    packed = new @Nullable PackedMatrix[matrices];
  }

  /** Looks at a window of this many steps; buffers are to be bound anew. */
  void open(int windowSteps, int rows) {
    steps = windowSteps;
    batch = rows;
  }

  int steps() {
    return steps;
  }

  int batch() {
    return batch;
  }

  ArrayView like() {
    return like;
  }

  /** Packed matrix number i, or null before it was packed first. */
  @Nullable PackedMatrix packed(int i) {
    return packed[i];
  }

  void packed(int i, PackedMatrix matrix) {
    packed[i] = matrix;
  }

  /** Memory for joined matrix number i, whatever stands there; numbers are first used in order. */
  ArrayView joined(int i, int rows, int columns) {
    if (i == joined.size()) {
      joined.add(like.allocate(rows, columns));
    }
    return joined.get(i);
  }

  // ---- binding ----

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

  /**
   * Binds a buffer to a dense array [time, batch, width].
   *
   * @param from the step of the array that the window starts at
   */
  void bindSteps(int buffer, ArrayView dense, int width, int from) {
    int matrix = batch * width;
    bind(buffer, dense, dense.layout().offset() + from * matrix, width, matrix);
  }

  /** Binds a buffer to memory of the frame's own, whatever stands there. */
  void bindOwn(int buffer, int matrices, int width) {
    int matrix = Math.multiplyExact(batch, width);
    bind(buffer, own(buffer, Math.multiplyExact(matrices, matrix)), 0, width, matrix);
  }

  /**
   * Sets which of a state's two matrices, in a window of one step, is the one before the step; the
   * other is the one after it.
   */
  void startStates(int buffer, boolean second) {
    int matrix = Math.abs(stepStrides[buffer]);
    bases[buffer] = second ? matrix : 0;
    stepStrides[buffer] = second ? -matrix : matrix;
  }

  /** Binds a buffer to one number. */
  void bindLiteral(int buffer, double number) {
    ArrayView one = own(buffer, 1);
    one.set(0, number);
    bind(buffer, one, 0, 0, 0);
  }

  /** Binds a buffer to one row of the frame's own for all rows and steps. */
  ArrayView bindRow(int buffer, int width) {
    ArrayView row = own(buffer, width);
    ArrayView view = row.with(Layout.rowMajor(width));
    bind(buffer, view, 0, 0, 0);
    return view;
  }

  /** Binds a buffer to one row of zeros for all rows and steps. */
  void bindZeros(int buffer, int width) {
    ArrayView zeros = like.allocate(width);
    bind(buffer, zeros, 0, 0, 0);
  }

  private ArrayView own(int buffer, int elements) {
    ArrayView memory = own[buffer];
    if (memory == null || memory.layout().size() < elements) {
      memory = like.allocate(elements);
      own[buffer] = memory;
    }
    return memory;
  }

  /** Lets go of all arrays that are not the frame's own. */
  void close() {
    Arrays.fill(arrays, null);
  }

  // ---- access ----

  Object array(int buffer) {
    return Objects.requireNonNull(arrays[buffer]);
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
    int offset = start(at, t) + from * stride + at.column();
    return view(
        at.buffer(), Layout.strided(offset, new int[] {rows, at.width()}, new int[] {stride, 1}));
  }

  /** All rows of some steps of a place. */
  ArrayView allRows(Location at, int fromStep, int count) {
    return rows(at, fromStep, 0, count * batch);
  }

  /** All rows of all steps of a place. */
  ArrayView allRows(Location at) {
    return allRows(at, 0, steps);
  }

  /** Some steps of a place as [steps, batch, width]. */
  ArrayView bySteps(Location at, int fromStep, int count) {
    int stride = rowStrides[at.buffer()];
    Layout layout =
        Layout.strided(
            start(at, fromStep) + at.column(),
            new int[] {count, batch, at.width()},
            new int[] {stepStrides[at.buffer()], stride, 1});
    return view(at.buffer(), layout);
  }

  /** All steps of a place as [steps, batch, width]. */
  ArrayView bySteps(Location at) {
    return bySteps(at, 0, steps);
  }

  private ArrayView view(int buffer, Layout layout) {
    return arrays[buffer] instanceof float[] floats
        ? new FloatView(floats, layout)
        : new DoubleView((double[]) array(buffer), layout);
  }
}
