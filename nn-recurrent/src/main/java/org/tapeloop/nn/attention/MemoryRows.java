package org.tapeloop.nn.attention;

import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Lengths;

/**
 * A memory as steps see it: each row of the batch has a matrix of its own. Everything here compiles
 * in a step.
 */
final class MemoryRows {
  private final Tensor values;
  private final @Nullable Tensor present;

  /**
   * A memory.
   *
   * @param values [B, Tk, M], padding cleared
   */
  MemoryRows(Tensor values, @Nullable Lengths lengths) {
    this.values = values;
    present =
        lengths == null
            ? null
            : lengths.mask(values.dtype(), values.extent(1)).squeeze(2).t().contiguous();
  }

  Tensor values() {
    return values;
  }

  /** Whether queries of so many rows may be asked. */
  boolean serves(int batch) {
    return values.extent(0) == batch || values.extent(0) == 1;
  }

  /** The softmax of scores [B, Tk] over what is there, 0 in padding. */
  Tensor weights(Tensor scores) {
    int[] row = {1};
    Tensor open = scores;
    if (present != null) {
      double never = scores.dtype() == DType.F32 ? -1e30 : -1e300;
      open = present.where(scores, Tensor.full(scores.dtype(), Shape.of(1, 1), never));
    }
    Tensor e = open.sub(open.max(row, true)).exp();
    return e.div(e.sum(row, true));
  }

  /** Values [B, Tk, M] added up by weights [B, Tk]. */
  static Tensor weighed(Tensor weights, Tensor values) {
    return weights.unsqueeze(2).mul(values).sum(1);
  }
}
