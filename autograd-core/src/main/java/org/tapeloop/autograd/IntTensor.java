package org.tapeloop.autograd;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An immutable n-dimensional array of integers: the indices of embeddings, gathers and class
 * targets. It has no gradient, and so a type of its own: an index can't be passed where numbers to
 * compute with are meant.
 *
 * <p>A {@link Trace} makes symbolic ones, which have a shape but no elements.
 */
public final class IntTensor {
  private final Shape shape;
  private final int[] values;

  /** What symbolic indices stand for, whatever their shape; null where there are elements. */
  private final @Nullable Symbol symbol;

  /** Some indices that a trace is to be given; no other is equal to it. */
  private static final class Symbol {
    final Trace trace;

    Symbol(Trace trace) {
      this.trace = trace;
    }
  }

  private IntTensor(Shape shape, int[] values) {
    this(shape, values, null);
  }

  private IntTensor(Shape shape, int[] values, @Nullable Symbol symbol) {
    this.shape = shape;
    this.values = values;
    this.symbol = symbol;
  }

  /** Indices without elements. */
  static IntTensor symbol(Shape shape, Trace trace) {
    return new IntTensor(shape, new int[0], new Symbol(trace));
  }

  /** A vector [n]. */
  public static IntTensor of(int... values) {
    return new IntTensor(Shape.of(values.length), values.clone());
  }

  /**
   * The elements in row-major order.
   *
   * @throws IllegalArgumentException if their number is not the size of the shape
   */
  public static IntTensor of(Shape shape, int... values) {
    if (shape.size() != values.length) {
      throw new IllegalArgumentException(
          "of: shape %s has %d elements but %d were given"
              .formatted(shape, shape.size(), values.length));
    }
    return new IntTensor(shape, values.clone());
  }

  /** The extents of the axes. */
  public Shape shape() {
    return shape;
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

  /** Element number {@code i} in row-major order. */
  public int flat(int i) {
    return elements()[i];
  }

  /** A copy of the elements in row-major order. */
  public int[] toArray() {
    return elements().clone();
  }

  /** Whether these are indices of a trace, of which only the shape is known. */
  public boolean isSymbolic() {
    return symbol != null;
  }

  /** Whether both are the same symbolic indices, perhaps under different shapes. */
  public boolean isReshaped(IntTensor other) {
    return symbol != null && symbol == other.symbol;
  }

  /** The trace that symbolic indices belong to, or null. */
  @Nullable Trace trace() {
    return symbol == null ? null : symbol.trace;
  }

  /** The same elements under another shape of the same size. */
  public IntTensor reshape(int... extents) {
    Shape wanted = Shape.of(extents);
    if (wanted.size() != size()) {
      throw new IllegalArgumentException(
          "reshape: %s has %d elements but %s has %d"
              .formatted(shape, size(), wanted, wanted.size()));
    }
    return new IntTensor(wanted, values, symbol);
  }

  /** {@code length} adjacent indices of an axis. */
  public IntTensor narrow(int axis, int start, int length) {
    int normal = shape.axis("narrow", axis);
    int n = shape.raw()[normal];
    if (start < 0 || length < 0 || start > n - length) {
      throw new IllegalArgumentException(
          "narrow: %d elements from %d are not all inside axis %d of shape %s"
              .formatted(length, start, axis, shape));
    }
    int inner = 1;
    for (int k = normal + 1; k < rank(); k++) {
      inner *= shape.raw()[k];
    }
    Shape result = shape.withExtent(normal, length);
    int[] all = elements();
    int[] out = new int[result.size()];
    int block = length * inner;
    for (int to = 0, from = start * inner; to < out.length; to += block, from += n * inner) {
      System.arraycopy(all, from, out, to, block);
    }
    return new IntTensor(result, out);
  }

  /** One index of an axis, which is dropped. */
  public IntTensor select(int axis, int index) {
    int normal = shape.axis("select", axis);
    IntTensor one = narrow(normal, index < 0 ? index + shape.raw()[normal] : index, 1);
    return new IntTensor(shape.without(normal), one.values);
  }

  /** The matrix [M, N] as [N, M]. */
  public IntTensor t() {
    if (rank() != 2) {
      throw new IllegalArgumentException("t: shape " + shape + " is no matrix");
    }
    int m = shape.raw()[0];
    int n = shape.raw()[1];
    int[] all = elements();
    int[] out = new int[all.length];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        out[j * m + i] = all[i * n + j];
      }
    }
    return new IntTensor(Shape.of(n, m), out);
  }

  /** Tensors of one shape along a new first axis. */
  public static IntTensor stack(List<IntTensor> tensors) {
    if (tensors.isEmpty()) {
      throw new IllegalArgumentException("stack: no tensors given");
    }
    Shape first = tensors.getFirst().shape;
    int[] out = new int[tensors.size() * first.size()];
    for (int i = 0; i < tensors.size(); i++) {
      if (!tensors.get(i).shape.equals(first)) {
        throw new IllegalArgumentException(
            "stack: shapes %s and %s differ".formatted(first, tensors.get(i).shape));
      }
      System.arraycopy(tensors.get(i).elements(), 0, out, i * first.size(), first.size());
    }
    return new IntTensor(first.inserted(0, tensors.size()), out);
  }

  /**
   * The elements themselves in row-major order, for kernels to read. They are shared with other
   * indices: writing to them breaks those.
   *
   * @throws SymbolicTensorException if these have no elements
   */
  public int[] elements() {
    if (symbol != null) {
      throw new SymbolicTensorException(
          "indices of shape " + shape + " are symbolic: they have no elements to look at");
    }
    return values;
  }

  /**
   * Checks that every element lies in 0..limit-1.
   *
   * @throws SymbolicTensorException if these have no elements
   * @throws IndexOutOfBoundsException naming the operation and the first element that does not
   */
  public void checkBelow(String operation, int limit) {
    int[] all = elements();
    for (int i = 0; i < all.length; i++) {
      if (all[i] < 0 || all[i] >= limit) {
        throw new IndexOutOfBoundsException(
            "%s: index %d, element %d of shape %s, is not in 0..%d"
                .formatted(operation, all[i], i, shape, limit - 1));
      }
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof IntTensor t
        && symbol == t.symbol
        && shape.equals(t.shape)
        && Arrays.equals(values, t.values);
  }

  @Override
  public int hashCode() {
    return 31 * shape.hashCode() + Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return "IntTensor "
        + shape
        + " "
        + (symbol == null ? Arrays.toString(values) : "without elements");
  }
}
