package org.tapeloop.backend.vector;

import java.util.Random;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.DoubleView;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;

/** Operands for tests. */
final class Views {
  private Views() {}

  /** Normally distributed numbers of either element type. */
  static ArrayView random(Random random, boolean single, int... extents) {
    Layout layout = Layout.rowMajor(extents);
    return fill(random, zeros(single, layout));
  }

  static ArrayView zeros(boolean single, Layout layout) {
    return single
        ? new FloatView(new float[layout.size()], layout)
        : new DoubleView(new double[layout.size()], layout);
  }

  private static ArrayView fill(Random random, ArrayView view) {
    for (int i = 0; i < view.layout().size(); i++) {
      view.set(i, random.nextGaussian());
    }
    return view;
  }

  /** A matrix with rows and columns of any distance, some backwards. */
  static ArrayView matrix(Random random, boolean single, int rows, int columns) {
    int form = random.nextInt(5);
    return switch (form) {
      case 0 -> random(random, single, rows, columns);
      case 1 -> transposed(random(random, single, columns, rows));
      case 2 -> sliced(random(random, single, rows, 2 * columns + 1), 1, 1, 2, columns);
      case 3 -> sliced(random(random, single, rows, columns + 3), 1, 2, 1, columns);
      default -> sliced(random(random, single, rows, columns), 0, Math.max(rows - 1, 0), -1, rows);
    };
  }

  static ArrayView transposed(ArrayView view) {
    return view.with(view.layout().transpose(0, 1));
  }

  static ArrayView sliced(ArrayView view, int axis, int start, int step, int length) {
    return view.with(view.layout().slice(axis, start, step, length));
  }

  static double at(ArrayView view, int row, int column) {
    Layout layout = view.layout();
    return view.get(layout.offset() + row * layout.stride(0) + column * layout.stride(1));
  }

  /** The bits of the whole array behind a view. */
  static long[] bits(ArrayView view) {
    int length =
        switch (view) {
          case FloatView v -> v.array().length;
          case DoubleView v -> v.array().length;
        };
    long[] bits = new long[length];
    for (int i = 0; i < length; i++) {
      bits[i] = Double.doubleToRawLongBits(view.get(i));
    }
    return bits;
  }
}
