package org.tapeloop.autograd.spi;

/**
 * A view of 64-bit floats.
 *
 * @param array the whole backing array
 * @param layout which of its elements the view shows
 */
@SuppressWarnings(
    "ArrayRecordComponent") // identity is meant: a view lends the array itself, and views are never
// compared
public record DoubleView(double[] array, Layout layout) implements ArrayView {
  @Override
  public double get(int position) {
    return array[position];
  }

  @Override
  public void set(int position, double value) {
    array[position] = value;
  }

  @Override
  public DoubleView with(Layout layout) {
    return new DoubleView(array, layout);
  }

  @Override
  public DoubleView allocate(int... extents) {
    return allocate(Layout.rowMajor(extents));
  }

  @Override
  public DoubleView allocate(Layout dense) {
    return new DoubleView(new double[dense.size()], dense);
  }

  @Override
  public String elementType() {
    return "F64";
  }
}
