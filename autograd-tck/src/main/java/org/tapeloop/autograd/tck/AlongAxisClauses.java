package org.tapeloop.autograd.tck;

import java.util.function.IntFunction;
import org.tapeloop.autograd.spi.Backend;

/** Section 6 of the contract: softmax, logSoftmax, cumulativeSum. */
class AlongAxisClauses extends ClauseGroup {
  private static final double INFINITY = Double.POSITIVE_INFINITY;

  AlongAxisClauses(IntFunction<Backend> factory) {
    super(factory);
  }

  @Clause("6.1")
  void softmaxStaysWithinItsErrorBound() {
    for (int length : LENGTHS) {
      verify(Kernels.softmax(length));
      verify(Kernels.softmax(5, length));
    }
    verify(Kernels.softmax(2, 3, 33));
  }

  @Clause("6.2")
  void softmaxNeitherOverflowsNorLosesTheLargest() {
    for (int length : new int[] {3, 17, 64, 100}) {
      extremes(Kernels.softmax(4, length), length);
    }
  }

  @Clause("6.3")
  void logSoftmaxStaysWithinItsErrorBound() {
    for (int length : LENGTHS) {
      verify(Kernels.logSoftmax(length));
      verify(Kernels.logSoftmax(5, length));
    }
    verify(Kernels.logSoftmax(2, 3, 33));
  }

  @Clause("6.4")
  void logSoftmaxNeitherOverflowsNorLosesTheSmallest() {
    for (int length : new int[] {3, 17, 64, 100}) {
      extremes(Kernels.logSoftmax(4, length), length);
    }
  }

  private void extremes(KernelCase rows, int length) {
    verify(rows.on(Values.between(1000, 1010)));
    verify(rows.on(Values.between(-1010, -1000)));
    verify(rows.on(Values.between(-300, 300)));
    verify(rows.on(Values.constant(Float.MAX_VALUE)));
    verify(rows.on(Values.constant(-Float.MAX_VALUE)));
    verify(rows.on(Values.NORMAL.with(length + 1, -INFINITY)));
    verify(rows.on((random, i) -> i % length == 1 ? 2 : -INFINITY));
  }

  @Clause("6.5")
  void rowsOfNanOrInfinitiesDoNotSpread() {
    for (int length : new int[] {2, 17, 64, 100}) {
      for (double special : new double[] {Double.NaN, INFINITY}) {
        Values oneRow = Values.NORMAL.with(2 * length - 1, special);
        verify(Kernels.softmax(4, length).on(oneRow));
        verify(Kernels.logSoftmax(4, length).on(oneRow));
      }
      Values emptyRow = (random, i) -> i / length == 1 ? -INFINITY : random.nextGaussian();
      verify(Kernels.softmax(4, length).on(emptyRow));
      verify(Kernels.logSoftmax(4, length).on(emptyRow));
    }
  }

  @Clause("6.6")
  void cumulativeSumsRunAlongAnyAxis() {
    for (int length : LENGTHS) {
      verify(Kernels.cumulativeSum(0, length));
      verify(Kernels.cumulativeSum(0, length, 3));
      verify(Kernels.cumulativeSum(1, 3, length));
    }
    for (int axis = 0; axis < 4; axis++) {
      verify(Kernels.cumulativeSum(axis, 3, 4, 2, 5));
    }
    verify(Kernels.cumulativeSum(0, 33).on(Values.NORMAL.with(7, Double.NaN)));
    verify(Kernels.cumulativeSum(0, 33).on(Values.NORMAL.with(7, INFINITY)));
  }
}
