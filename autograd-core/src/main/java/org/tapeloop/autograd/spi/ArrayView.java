package org.tapeloop.autograd.spi;

/**
 * A strided view of a Java heap array, lent to a kernel for one call.
 *
 * <p>A kernel reads its operands, writes every element of its output, and keeps neither.
 */
public sealed interface ArrayView permits FloatView, DoubleView {

  /** Extents and strides. */
  Layout layout();

  /** The element at a position of the flat array, as a double. */
  double get(int position);

  /** Stores into a position of the flat array, rounding to the element type. */
  void set(int position, double value);

  /** Another view of the same array. */
  ArrayView with(Layout layout);

  /** A new zero-filled dense array of the same element type. */
  ArrayView allocate(int... extents);

  /** As above; the layout is dense and begins at position 0. */
  ArrayView allocate(Layout dense);

  /** Name of the element type for messages: {@code F32} or {@code F64}. */
  String elementType();
}
