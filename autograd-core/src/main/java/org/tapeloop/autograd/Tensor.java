package org.tapeloop.autograd;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.DoubleView;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;

/**
 * An immutable n-dimensional array of floating point numbers that remembers, where that is wanted,
 * how it was computed.
 *
 * <p>Elements are {@link DType#F32} unless said otherwise. Operations follow NumPy and PyTorch:
 * operands broadcast (shapes are aligned at the right, extent 1 or a missing axis stretches),
 * negative axes count from the end, and slices, transposes and broadcasts are views that share the
 * array. Operands of one operation must have one element type.
 *
 * <p>Gradients are asked for, not accumulated: make the tensors of interest leaves with {@link
 * #leaf}, compute, and call {@link #gradients(Collection)} on the result. Every derivative is made
 * of the same operations, so it can be differentiated again.
 *
 * <pre>{@code
 * Tensor w = Tensor.of(1, 2, 3).leaf();
 * Tensor loss = w.square().sum();
 * Tensor g = loss.gradients(w).get(w);   // [2, 4, 6]
 * }</pre>
 *
 * <p>Equality is identity.
 */
public final class Tensor
    implements PointwiseMethods,
        ActivationMethods,
        ProductMethods,
        ReductionMethods,
        ShapeMethods,
        IndexMethods,
        LayerMethods,
        LossMethods {
  private final Shape shape;
  private final DType dtype;
  private final @Nullable ArrayView view;
  private final @Nullable Trace trace;
  private final @Nullable Node node;
  private final int output;

  Tensor(Shape shape, DType dtype, ArrayView view, @Nullable Node node, int output) {
    this.shape = shape;
    this.dtype = dtype;
    this.view = view;
    this.trace = null;
    this.node = node;
    this.output = output;
  }

  /** A symbolic tensor. */
  Tensor(Shape shape, DType dtype, Trace trace, @Nullable Node node, int output) {
    this.shape = shape;
    this.dtype = dtype;
    this.view = null;
    this.trace = trace;
    this.node = node;
    this.output = output;
  }

  /** A constant over an array that nobody else will write. */
  static Tensor constant(Shape shape, DType dtype, ArrayView view) {
    return new Tensor(shape, dtype, view, null, 0);
  }

  // ---- creation ----

  /** A vector [n] of F32 values. */
  public static Tensor of(float... values) {
    return of(Shape.of(values.length), values);
  }

  /**
   * An F32 tensor with these elements in row-major order.
   *
   * @throws IllegalArgumentException if their number is not the size of the shape
   */
  public static Tensor of(Shape shape, float... values) {
    checkCount(shape, values.length);
    return constant(shape, DType.F32, new FloatView(values.clone(), shape.layout()));
  }

  /** A vector [n] of F64 values. */
  public static Tensor ofDoubles(double... values) {
    return ofDoubles(Shape.of(values.length), values);
  }

  /**
   * An F64 tensor with these elements in row-major order.
   *
   * @throws IllegalArgumentException if their number is not the size of the shape
   */
  public static Tensor ofDoubles(Shape shape, double... values) {
    checkCount(shape, values.length);
    return constant(shape, DType.F64, new DoubleView(values.clone(), shape.layout()));
  }

  private static void checkCount(Shape shape, int count) {
    if (shape.size() != count) {
      throw new IllegalArgumentException(
          "of: shape " + shape + " has " + shape.size() + " elements but " + count + " were given");
    }
  }

  /** An F32 scalar, shape []. */
  public static Tensor scalar(double value) {
    return scalar(DType.F32, value);
  }

  /** A scalar, shape []. */
  public static Tensor scalar(DType dtype, double value) {
    return full(dtype, Shape.SCALAR, value);
  }

  /** F32 zeros. */
  public static Tensor zeros(int... extents) {
    return zeros(DType.F32, Shape.of(extents));
  }

  /** Zeros. */
  public static Tensor zeros(DType dtype, Shape shape) {
    return constant(shape, dtype, dtype.allocate(shape));
  }

  /** F32 ones. */
  public static Tensor ones(int... extents) {
    return ones(DType.F32, Shape.of(extents));
  }

  /** Ones. */
  public static Tensor ones(DType dtype, Shape shape) {
    return full(dtype, shape, 1);
  }

  /** The same value everywhere. */
  public static Tensor full(DType dtype, Shape shape, double value) {
    ArrayView view =
        switch (dtype) {
          case F32 -> new FloatView(new float[] {(float) value}, Layout.rowMajor());
          case F64 -> new DoubleView(new double[] {value}, Layout.rowMajor());
        };
    return constant(shape, dtype, view.with(view.layout().broadcastTo(shape.raw())));
  }

  /** The F32 vector 0, 1, ..., n - 1. */
  public static Tensor arange(int n) {
    return arange(DType.F32, 0, n, 1);
  }

  /**
   * The vector start, start + step, ... as long as it lies before stop.
   *
   * @throws IllegalArgumentException if the step is 0 or not a number
   */
  public static Tensor arange(DType dtype, double start, double stop, double step) {
    if (!(Math.abs(step) > 0)) {
      throw new IllegalArgumentException("arange: step must not be " + step);
    }
    int n = (int) Math.max(0, Math.ceil((stop - start) / step));
    Shape shape = Shape.of(n);
    ArrayView view = dtype.allocate(shape);
    for (int i = 0; i < n; i++) {
      view.set(i, start + i * step);
    }
    return constant(shape, dtype, view);
  }

  /** The F32 identity matrix [n, n]. */
  public static Tensor eye(int n) {
    return eye(DType.F32, n);
  }

  /** The identity matrix [n, n]. */
  public static Tensor eye(DType dtype, int n) {
    Shape shape = Shape.of(n, n);
    ArrayView view = dtype.allocate(shape);
    for (int i = 0; i < n; i++) {
      view.set(i * (n + 1), 1);
    }
    return constant(shape, dtype, view);
  }

  // ---- random numbers ----

  /**
   * The first elements of a stream, uniform in [low, high).
   *
   * @throws IllegalArgumentException unless {@code low < high}, both finite
   */
  public static Tensor uniform(
      RandomStream stream, DType dtype, Shape shape, double low, double high) {
    return stream.uniform(dtype, shape, low, high);
  }

  /**
   * The first elements of a stream, normally distributed.
   *
   * @param std standard deviation
   * @throws IllegalArgumentException if that is negative, or a number is not finite
   */
  public static Tensor normal(
      RandomStream stream, DType dtype, Shape shape, double mean, double std) {
    return stream.normal(dtype, shape, mean, std);
  }

  /**
   * The first elements of a stream, 1 with probability p (exact to 2^-32), else 0.
   *
   * @throws IllegalArgumentException if p is not in [0, 1]
   */
  public static Tensor bernoulli(RandomStream stream, DType dtype, Shape shape, double p) {
    return stream.bernoulli(dtype, shape, p, 1);
  }

  /**
   * A random matrix with orthonormal rows, or orthonormal columns where there are fewer of these,
   * times a gain; uniform over all such matrices. Axes after the first count as one.
   *
   * @throws IllegalArgumentException if the rank is below 2
   */
  public static Tensor orthogonal(RandomStream stream, DType dtype, Shape shape, double gain) {
    return Orthogonal.draw(stream, dtype, shape, gain);
  }

  // ---- joining ----

  /**
   * Tensors side by side along an existing axis.
   *
   * @throws IllegalArgumentException if there are none, or their shapes differ outside the axis
   */
  public static Tensor cat(List<Tensor> tensors, int axis) {
    requireSome("cat", tensors);
    return ShapeOps.cat(tensors.getFirst().shape.axis("cat", axis), tensors);
  }

  /**
   * Tensors of one shape along a new axis.
   *
   * @param axis where the new axis stands in the result
   * @throws IllegalArgumentException if there are none, or their shapes differ
   */
  public static Tensor stack(List<Tensor> tensors, int axis) {
    requireSome("stack", tensors);
    return ShapeOps.stack(tensors.getFirst().shape.newAxis("stack", axis), tensors);
  }

  private static void requireSome(String operation, List<Tensor> tensors) {
    if (tensors.isEmpty()) {
      throw new IllegalArgumentException(operation + ": no tensors given");
    }
  }

  // ---- what it is ----

  /** The extents of the axes. */
  public Shape shape() {
    return shape;
  }

  /** The element type. */
  public DType dtype() {
    return dtype;
  }

  /** Number of axes. */
  public int rank() {
    return shape.rank();
  }

  /** Number of elements. */
  public int size() {
    return shape.size();
  }

  /** Extent of an axis; negative axes count from the end. */
  public int extent(int axis) {
    return shape.extent(axis);
  }

  /** Whether results computed from this tensor are recorded so that gradients reach it. */
  public boolean requiresGrad() {
    return node != null;
  }

  /** Whether this stands for a tensor in a {@link Trace} and has no elements. */
  public boolean isSymbolic() {
    return trace != null;
  }

  // ---- values ----

  /**
   * The only element.
   *
   * @throws IllegalStateException if there is not exactly one
   */
  public double item() {
    if (size() != 1) {
      throw new IllegalStateException(
          "item: shape " + shape + " has " + size() + " elements, not 1");
    }
    ArrayView view = view("item");
    return view.get(view.layout().offset());
  }

  /**
   * One element.
   *
   * @param index one number an axis, from 0
   * @throws IndexOutOfBoundsException if it lies outside the shape
   */
  public double get(int... index) {
    ArrayView view = view("get");
    Layout layout = view.layout();
    if (index.length != layout.rank()) {
      throw new IndexOutOfBoundsException(
          "get: " + index.length + " indices for shape " + shape + " of rank " + rank());
    }
    int position = layout.offset();
    for (int axis = 0; axis < index.length; axis++) {
      if (index[axis] < 0 || index[axis] >= layout.extent(axis)) {
        throw new IndexOutOfBoundsException(
            "get: index %d is out of range at axis %d of shape %s"
                .formatted(index[axis], axis, shape));
      }
      position += index[axis] * layout.stride(axis);
    }
    return view.get(position);
  }

  /** A copy of the elements in row-major order, rounded to 32 bits if this is F64. */
  public float[] toFloatArray() {
    FloatView dense =
        (FloatView) (dtype == DType.F32 ? this : detach().to(DType.F32)).denseView("toFloatArray");
    int from = dense.layout().offset();
    return Arrays.copyOfRange(dense.array(), from, from + size());
  }

  /** A copy of the elements in row-major order. */
  public double[] toDoubleArray() {
    ArrayView dense = denseView("toDoubleArray");
    int from = dense.layout().offset();
    double[] values = new double[size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = dense.get(from + i);
    }
    return values;
  }

  // ---- differentiation ----

  /**
   * A tensor with the same elements whose gradient can be asked for. It is the start of a graph:
   * nothing flows on to what this tensor was computed from.
   */
  public Tensor leaf() {
    Node start = Node.leaf(dtype, shape);
    return trace == null
        ? new Tensor(shape, dtype, view("leaf"), start, 0)
        : new Tensor(shape, dtype, trace, start, 0);
  }

  /** A tensor with the same elements through which no gradient flows. */
  public Tensor detach() {
    if (node == null) {
      return this;
    }
    return trace == null
        ? constant(shape, dtype, view("detach"))
        : TapeOps.DETACH.apply(None.NONE, this);
  }

  /**
   * The gradients of this scalar with respect to the given tensors; the graph is freed.
   *
   * <p>They are constants, through which nothing is differentiated again: a loss that uses them, a
   * gradient penalty say, asks for them with {@link GraphMode#CREATE}.
   *
   * @return one gradient a tensor, zeros where this does not depend on it, keyed by identity
   * @throws IllegalStateException if this is no scalar, or was not recorded
   * @throws IllegalArgumentException if no tensors are given
   */
  public Map<Tensor, Tensor> gradients(Tensor... wrt) {
    return gradients(List.of(wrt), GraphMode.FREE);
  }

  /** As {@link #gradients(Tensor...)}. */
  public Map<Tensor, Tensor> gradients(Collection<Tensor> wrt) {
    return gradients(wrt, GraphMode.FREE);
  }

  /** As {@link #gradients(Tensor...)}, choosing what becomes of the graph. */
  public Map<Tensor, Tensor> gradients(Collection<Tensor> wrt, GraphMode mode) {
    if (wrt.isEmpty()) {
      throw new IllegalArgumentException(
          "gradients: with respect to no tensors; a layer has those that it declares and does not"
              + " freeze, its own and its parts'");
    }
    if (size() != 1) {
      throw new IllegalStateException(
          "gradients: shape "
              + shape
              + " is no scalar; reduce it, or pass a cotangent to Autograd.gradients");
    }
    if (node == null) {
      throw new IllegalStateException(
          "gradients: nothing was recorded; no operand is a leaf(), or this was computed under"
              + " noGrad or detached; gradients are themselves recorded only with"
              + " GraphMode.CREATE");
    }
    return Autograd.gradients(List.of(this), List.of(ones(dtype, shape)), wrt, mode);
  }

  /**
   * The same values, where a gradient arriving here passes through a hook on its way back. The hook
   * may look at it, or return another of the same shape in its place.
   */
  public Tensor onGradient(UnaryOperator<Tensor> hook) {
    return TapeOps.HOOK.apply(hook, this);
  }

  /**
   * The elements converted to another type; this tensor if it has it already. The gradient is
   * converted back.
   */
  public Tensor to(DType wanted) {
    return wanted == dtype ? this : TapeOps.CONVERT.apply(wanted, this);
  }

  // ---- for kernels ----

  /**
   * A constant tensor over an array that the caller hands over: nobody writes it from now on.
   *
   * <p>For code that calls kernels itself; see {@link #elements}.
   */
  public static Tensor over(ArrayView view) {
    return constant(Shape.owning(view.layout().extents()), DType.of(view), view);
  }

  /**
   * As {@link #over(ArrayView)}, under another shape.
   *
   * @throws IllegalArgumentException if the view has another number of elements, or cannot be shown
   *     so without a copy
   */
  public static Tensor over(ArrayView view, Shape shape) {
    return constant(shape, DType.of(view), inShape(view, shape));
  }

  static ArrayView inShape(ArrayView view, Shape shape) {
    Layout layout = view.layout();
    if (layout.sameExtents(shape.layout())) {
      return view;
    }
    Layout reshaped = layout.size() == shape.size() ? shape.layoutOf(layout) : null;
    if (reshaped == null) {
      throw new IllegalArgumentException(
          "over: an array of layout " + layout + " cannot be seen as " + shape);
    }
    return view.with(reshaped);
  }

  /**
   * The array behind this tensor, for kernels to read. It is shared with other tensors: writing to
   * it breaks them.
   *
   * @throws SymbolicTensorException if this has no elements
   */
  public ArrayView elements() {
    return view("elements");
  }

  // ---- inside the package ----

  ArrayView view() {
    return view("this operation");
  }

  private ArrayView view(String reader) {
    if (view == null) {
      throw new SymbolicTensorException(reader, shape);
    }
    return view;
  }

  /** The view, or a copy of it in row-major order without gaps. */
  ArrayView denseView() {
    return denseView("this operation");
  }

  private ArrayView denseView(String reader) {
    ArrayView view = view(reader);
    if (view.layout().isContiguous()) {
      return view;
    }
    ArrayView dense = dtype.allocate(shape);
    Backends.current().copy(view, dense);
    return dense;
  }

  @Nullable Trace trace() {
    return trace;
  }

  @Nullable Node node() {
    return node;
  }

  int output() {
    return output;
  }

  @Override
  public String toString() {
    return TensorText.of(this);
  }
}
