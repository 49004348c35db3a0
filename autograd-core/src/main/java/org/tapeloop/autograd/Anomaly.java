package org.tapeloop.autograd;

import java.util.Arrays;
import java.util.function.Supplier;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.ReduceKernel;

/** Looks for the first NaN, in forward and backward, while anomaly mode is on. */
final class Anomaly {
  private static final ScopedValue<Boolean> ON = ScopedValue.newInstance();

  private Anomaly() {}

  static <T> T detect(Supplier<T> body) {
    return ScopedValue.where(ON, true).call(body::get);
  }

  static boolean isOn() {
    return ON.isBound();
  }

  static void checkForward(Op<?> op, Tensor[] in, Tensor out) {
    if (isOn() && hasNaN(out)) {
      for (int i = 0; i < in.length; i++) {
        if (hasNaN(in[i])) {
          throw new AnomalyException(
              "%s: operand %d of shape %s holds NaN that no recorded operation made"
                  .formatted(op, i, in[i].shape()));
        }
      }
      throw new AnomalyException(
          "%s: the output of shape %s holds NaN, the operands do not".formatted(op, out.shape()));
    }
  }

  private static boolean hasNaN(Tensor t) {
    ArrayView view = t.view();
    int[] ones = new int[t.shape().rank()];
    Arrays.fill(ones, 1);
    ArrayView largest = view.allocate(ones);
    Backends.current().reduce(ReduceKernel.MAX, view, largest);
    return Double.isNaN(largest.get(0));
  }
}
