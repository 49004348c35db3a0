package org.tapeloop.benchmarks;

import java.util.SplittableRandom;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;

/** Operands, the same in every run. */
final class RandomArrays {
  private final SplittableRandom random = new SplittableRandom(20260101);

  /** Dense, uniform in (-1, 1). */
  FloatView next(int... extents) {
    Layout layout = Layout.rowMajor(extents);
    float[] array = new float[layout.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = (float) random.nextDouble(-1, 1);
    }
    return new FloatView(array, layout);
  }
}
