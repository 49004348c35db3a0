package org.tapeloop.backend.vector;

import java.util.Arrays;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.RowWalk;

/**
 * Sets every element of a view. Bound by memory; {@link Arrays#fill} is compiled to vector stores.
 */
final class FloatFill {
  private FloatFill() {}

  static void fill(FloatView out, float value) {
    float[] array = out.array();
    if (out.layout().isContiguous()) {
      int from = out.layout().offset();
      Arrays.fill(array, from, from + out.layout().size(), value);
      return;
    }
    RowWalk walk = RowWalk.over(out.layout());
    int step = walk.step(0);
    for (int row = 0; row < walk.rows(); row++) {
      walk.seek(row);
      int p = walk.start(0);
      if (step == 1) {
        Arrays.fill(array, p, p + walk.rowLength(), value);
      } else {
        for (int i = 0; i < walk.rowLength(); i++, p += step) {
          array[p] = value;
        }
      }
    }
  }
}
