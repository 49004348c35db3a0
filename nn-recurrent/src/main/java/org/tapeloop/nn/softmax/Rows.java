package org.tapeloop.nn.softmax;

import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Lengths;

/** The steps of a batch of sequences that are not padding, one below the other. */
record Rows(Tensor hidden, IntTensor targets) {

  /**
   * Rows of sequences.
   *
   * @param hidden [T, B, H]
   * @param targets [T, B]
   */
  static Rows of(String where, Tensor hidden, IntTensor targets, @Nullable Lengths lengths) {
    if (hidden.rank() != 3
        || targets.rank() != 2
        || targets.extent(0) != hidden.extent(0)
        || targets.extent(1) != hidden.extent(1)) {
      throw new IllegalArgumentException(
          "%s: hidden %s and targets %s are not [time, batch, features] and [time, batch]"
              .formatted(where, hidden.shape(), targets.shape()));
    }
    int time = hidden.extent(0);
    int batch = hidden.extent(1);
    Tensor flat = hidden.reshape(time * batch, hidden.extent(2));
    IntTensor flatTargets = targets.reshape(time * batch);
    if (lengths == null) {
      return new Rows(flat, flatTargets);
    }
    lengths.check(time, batch);
    int count = 0;
    int[] rows = new int[time * batch];
    int[] kept = new int[time * batch];
    for (int i = 0; i < rows.length; i++) {
      if (i / batch < lengths.get(i % batch)) {
        rows[count] = i;
        kept[count++] = flatTargets.flat(i);
      }
    }
    return new Rows(
        flat.indexSelect(0, IntTensor.of(rows).narrow(0, 0, count)),
        IntTensor.of(kept).narrow(0, 0, count));
  }
}
