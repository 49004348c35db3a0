package org.tapeloop.autograd.scan;

import java.lang.ref.SoftReference;
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
 * execution at a time and then the next: what it has allocated, packed matrices and the arguments
 * of kernel calls included, is used again, and grows where an execution needs more.
 */
final class Frame {
  private static final int VIEW_BITS = 3;

  /** Bytes of a cache line, and of what stands before the elements of an array. */
  private static final int LINE = 64;

  private static final int HEADER = 16;

  private final ArrayView like;

  /**
   * Where the frame's own matrices begin in their arrays. A collector puts a large array where a
   * line begins, so that vectors of these elements do not straddle two.
   */
  private final int first;

  private final @Nullable ArrayView[] own;
  private final @Nullable Object[] arrays;
  private final int[] bases;
  private final int[] rowStrides;
  private final int[] stepStrides;
  private final @Nullable PackedMatrix[] packed;
  private final @Nullable Operands[] operands;
  private final @Nullable ArrayView[] lasting;
  private final KnownLayouts layouts = new KnownLayouts();

  /**
   * Views of the frame's own memory, which runs on like extents ask for again: some places a
   * buffer, each for the view that stood there last. Immutable, so that threads may share them.
   */
  private final @Nullable ArrayView[] views;

  private final SoftReference<Frame> reference = new SoftReference<>(this);

  /** Memory of matrices put together of captured ones. */
  private final List<ArrayView> joined = new ArrayList<>();

  private int steps;
  private int batch;

  /**
   * @param like of the element type
   * @param buffers how many
   * @param matrices how many matrices are packed
   * @param calls how many calls, of row programs and of products, have operands here
   */
  Frame(ArrayView like, int buffers, int matrices, int calls) {
    this.like = like.allocate(0);
    first = (LINE - HEADER) / (like instanceof FloatView ? Float.BYTES : Double.BYTES);
    own = new @Nullable ArrayView[buffers];
    arrays = new @Nullable Object[buffers];
    bases = new int[buffers];
    rowStrides = new int[buffers];
    stepStrides = new int[buffers];
    packed = new @Nullable PackedMatrix[matrices];
    operands = new @Nullable Operands[calls];
    lasting = new @Nullable ArrayView[buffers];
    views = new @Nullable ArrayView[buffers << VIEW_BITS];
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

  KnownLayouts layouts() {
    return layouts;
  }

  /** Refers to this frame while nobody uses it. */
  SoftReference<Frame> reference() {
    return reference;
  }

  /** Packed matrix number i, or null before it was packed first. */
  @Nullable PackedMatrix packed(int i) {
    return packed[i];
  }

  void packed(int i, PackedMatrix matrix) {
    packed[i] = matrix;
  }

  /**
   * Memory for joined matrix number i, whatever stands there; numbers are first used in order.
   *
   * @param blocks what is to stand there side by side
   */
  ArrayView joined(int i, List<MatrixBlock> blocks) {
    if (i == joined.size()) {
      int columns = blocks.stream().mapToInt(MatrixBlock::columns).sum();
      joined.add(newMatrix(blocks.getFirst().rows(), columns));
    }
    return joined.get(i);
  }

  /** Binds the operands of call number i to what stands at these places now. */
  Operands bindOperands(int i, Location[] places) {
    Operands known = operands[i];
    if (known == null) {
      known = new Operands(this, places);
      operands[i] = known;
    }
    known.bind();
    return known;
  }

  /** The operands that were bound last for call number i. */
  Operands operands(int i) {
    return Objects.requireNonNull(operands[i]);
  }

  // ---- new arrays ----

  /** Zeros [rows, columns], not the frame's own. */
  ArrayView newMatrix(int rows, int columns) {
    return like.allocate(layouts.matrix(0, rows, columns, columns, 1));
  }

  /** Zeros [count, batch, width], not the frame's own. */
  ArrayView newSteps(int count, int width) {
    return like.allocate(layouts.steps(0, count, batch, width, batch * width, width));
  }

  /** The array of a buffer that outlives the run, or null. */
  @Nullable ArrayView lasting(int buffer) {
    return lasting[buffer];
  }

  void lasting(int buffer, @Nullable ArrayView array) {
    lasting[buffer] = array;
  }

  // ---- binding ----

  /** Binds a buffer to an array. */
  void bind(int buffer, ArrayView view, int base, int rowStride, int stepStride) {
    arrays[buffer] = arrayOf(view);
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
    int elements = Math.addExact(Math.multiplyExact(matrices, matrix), first);
    bind(buffer, own(buffer, elements), first, width, matrix);
  }

  /**
   * Sets which of a state's two matrices, in a window of one step, is the one before the step; the
   * other is the one after it.
   */
  void startStates(int buffer, boolean second) {
    int matrix = Math.abs(stepStrides[buffer]);
    bases[buffer] = second ? first + matrix : first;
    stepStrides[buffer] = second ? -matrix : matrix;
  }

  /** Binds a buffer to one number. */
  void bindLiteral(int buffer, double number) {
    ArrayView one = own(buffer, 1);
    one.set(0, number);
    bind(buffer, one, 0, 0, 0);
  }

  /** Binds a buffer to one row [width] of the frame's own for all rows and steps. */
  ArrayView bindRow(int buffer, int width) {
    ArrayView row = own(buffer, width);
    ArrayView view = ownView(buffer, row, layouts.row(0, width, 1));
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
      Arrays.fill(views, buffer << VIEW_BITS, (buffer + 1) << VIEW_BITS, null);
    }
    return memory;
  }

  /** Lets go of all arrays that are not the frame's own. */
  void close() {
    Arrays.fill(arrays, null);
    Arrays.fill(lasting, null);
    for (Operands each : operands) {
      if (each != null) {
        each.close();
      }
    }
  }

  // ---- access ----

  Object array(int buffer) {
    return Objects.requireNonNull(arrays[buffer]);
  }

  /** Whether a buffer has a matrix for each step, in an array of so many bytes at least. */
  boolean hasSteps(int buffer, int bytes) {
    return stepStrides[buffer] != 0 && bytesOf(array(buffer)) >= bytes;
  }

  private static long bytesOf(Object array) {
    return array instanceof float[] floats
        ? (long) floats.length * Float.BYTES
        : (long) ((double[]) array).length * Double.BYTES;
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
    return view(at.buffer(), layouts.matrix(offset, rows, at.width(), stride, 1));
  }

  /** The columns of some steps of a place as rows. */
  ArrayView allColumns(Location at, int fromStep, int count) {
    int offset = start(at, fromStep) + at.column();
    int stride = rowStrides[at.buffer()];
    return view(at.buffer(), layouts.matrix(offset, at.width(), count * batch, 1, stride));
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
    int offset = start(at, fromStep) + at.column();
    int rowStride = rowStrides[at.buffer()];
    int stepStride = stepStrides[at.buffer()];
    return view(
        at.buffer(), layouts.steps(offset, count, batch, at.width(), stepStride, rowStride));
  }

  /** All steps of a place as [steps, batch, width]. */
  ArrayView bySteps(Location at) {
    return bySteps(at, 0, steps);
  }

  private ArrayView view(int buffer, Layout layout) {
    Object array = array(buffer);
    ArrayView memory = own[buffer];
    if (memory != null && array == arrayOf(memory)) {
      return ownView(buffer, memory, layout);
    }
    return array instanceof float[] floats
        ? new FloatView(floats, layout)
        : new DoubleView((double[]) array, layout);
  }

  private ArrayView ownView(int buffer, ArrayView memory, Layout layout) {
    int hash = (layout.offset() * 31 + layout.extent(0)) * 0x9E3779B9;
    int place = (buffer << VIEW_BITS) + (hash >>> (Integer.SIZE - VIEW_BITS));
    ArrayView known = views[place];
    if (known == null || known.layout() != layout) {
      known = memory.with(layout);
      views[place] = known;
    }
    return known;
  }

  private static Object arrayOf(ArrayView view) {
    return switch (view) {
      case FloatView f -> f.array();
      case DoubleView d -> d.array();
    };
  }
}
