package org.tapeloop.autograd.spi;

/**
 * A view of 32-bit floats.
 *
 * @param array the whole backing array
 * @param layout which of its elements the view shows
 */
@SuppressWarnings(
    "ArrayRecordComponent") // identity is meant: a view lends the array itself, and views are never
// compared
public record FloatView(float[] array, Layout layout) implements ArrayView {
  @Override
  public double get(int position) {
    return array[position];
  }

  @Override
  public void set(int position, double value) {
    array[position] = (float) value;
  }

  @Override
  public FloatView with(Layout layout) {
    return new FloatView(array, layout);
  }

  @Override
  public FloatView allocate(int... extents) {
    return allocate(Layout.rowMajor(extents));
  }

  @Override
  public FloatView allocate(Layout dense) {
    return new FloatView(new float[dense.size()], dense);
  }

  @Override
  public String elementType() {
    return "F32";
  }
}
