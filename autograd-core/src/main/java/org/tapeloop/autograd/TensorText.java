package org.tapeloop.autograd;

/**
 * A tensor in print: type, shape, and the elements in nested brackets, long axes cut in their
 * middle.
 */
final class TensorText {
  /** Tensors with more elements than this are cut. */
  private static final int WHOLE = 200;

  /** How many entries a cut axis shows at either end. */
  private static final int EDGE = 3;

  private TensorText() {}

  static String of(Tensor t) {
    StringBuilder text =
        new StringBuilder("Tensor ").append(t.dtype()).append(' ').append(t.shape()).append(' ');
    if (t.isSymbolic()) {
      return text.append("symbolic").toString();
    }
    append(text, t, new int[t.rank()], 0);
    return text.toString();
  }

  private static void append(StringBuilder text, Tensor t, int[] index, int axis) {
    if (axis == index.length) {
      double value = t.get(index);
      text.append(t.dtype() == DType.F32 ? Float.toString((float) value) : Double.toString(value));
      return;
    }
    int extent = t.extent(axis);
    boolean cut = t.size() > WHOLE && extent > 2 * EDGE;
    text.append('[');
    for (int i = 0; i < extent; i++) {
      if (i > 0) {
        text.append(", ");
      }
      if (cut && i == EDGE) {
        text.append("..., ");
        i = extent - EDGE;
      }
      index[axis] = i;
      append(text, t, index, axis + 1);
    }
    text.append(']');
  }
}
