package org.tapeloop.autograd;

import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.RowWalk;

/** Where extreme elements lie; plain loops, since indices are not what kernels compute. */
final class Extremes {
  private Extremes() {}

  static IntTensor argmax(Tensor t, int axis) {
    Shape result = t.shape().without(axis);
    int[] found = new int[result.size()];
    if (found.length == 0) {
      return IntTensor.of(result, found);
    }
    ArrayView view = t.view();
    int stride = view.layout().stride(axis);
    int length = view.layout().extent(axis);
    RowWalk walk = RowWalk.over(view.layout().select(axis, 0));
    for (int row = 0, at = 0; row < walk.rows(); row++) {
      walk.seek(row);
      for (int i = 0; i < walk.rowLength(); i++) {
        int first = walk.start(0) + i * walk.step(0);
        found[at++] =
            view instanceof FloatView f
                ? argmax(f.array(), first, stride, length)
                : argmax(view, first, stride, length);
      }
    }
    return IntTensor.of(result, found);
  }

  private static int argmax(float[] values, int first, int stride, int length) {
    int best = 0;
    float largest = values[first];
    for (int i = 1; i < length && !Float.isNaN(largest); i++) {
      float value = values[first + i * stride];
      if (!(value <= largest)) {
        best = i;
        largest = value;
      }
    }
    return best;
  }

  private static int argmax(ArrayView values, int first, int stride, int length) {
    int best = 0;
    double largest = values.get(first);
    for (int i = 1; i < length && !Double.isNaN(largest); i++) {
      double value = values.get(first + i * stride);
      if (!(value <= largest)) {
        best = i;
        largest = value;
      }
    }
    return best;
  }
}
