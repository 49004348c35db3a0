package org.tapeloop.autograd.tck;

import java.util.function.IntFunction;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.ReduceKernel;

/** Section 4 of the contract: reduce. */
class ReductionClauses extends ClauseGroup {

  ReductionClauses(IntFunction<Backend> factory) {
    super(factory);
  }

  @Clause("4.1")
  void sumsStayWithinTheErrorOfABlockedSum() {
    verifyAround(ReduceKernel.SUM, Values.NORMAL);
  }

  @Clause("4.2")
  void longSumsDoNotDrift() {
    int[] row = {1 << 19};
    int[] column = {1 << 17, 3};
    verify(Kernels.reduce(ReduceKernel.SUM, row, 1).on(Values.constant(0.1)));
    verify(Kernels.reduce(ReduceKernel.SUM, column, 1, 3).on(Values.constant(0.1)));
  }

  @Clause("4.3")
  void productsStayWithinTheirErrorBound() {
    verifyAround(ReduceKernel.PRODUCT, Values.between(0.9, 1.1));
    verify(Kernels.reduce(ReduceKernel.PRODUCT, new int[] {31}, 1).on(Values.between(-2, 2)));
  }

  @Clause("4.4")
  void theLargestAndTheSmallestAreExact() {
    for (ReduceKernel kernel : new ReduceKernel[] {ReduceKernel.MAX, ReduceKernel.MIN}) {
      verifyAround(kernel, Values.NORMAL);
      verifyAround(kernel, Values.between(-9, -8));
      verifyAround(kernel, Values.between(8, 9));
    }
  }

  /** Rows, columns and everything, of every length. */
  private void verifyAround(ReduceKernel kernel, Values values) {
    for (int length : LENGTHS) {
      verify(Kernels.reduce(kernel, new int[] {length}, 1).on(values));
      verify(Kernels.reduce(kernel, new int[] {3, length}, 3, 1).on(values));
      verify(Kernels.reduce(kernel, new int[] {length, 3}, 1, 3).on(values));
      verify(Kernels.reduce(kernel, new int[] {5, length}, 1, length).on(values));
    }
  }

  @Clause("4.5")
  void anySetOfAxesIsReduced() {
    int[] extents = {3, 4, 5, 6};
    for (ReduceKernel kernel : ReduceKernel.values()) {
      for (int axes = 0; axes < 1 << extents.length; axes++) {
        int[] out = extents.clone();
        for (int axis = 0; axis < out.length; axis++) {
          if ((axes >> axis & 1) == 1) {
            out[axis] = 1;
          }
        }
        verify(Kernels.reduce(kernel, extents, out));
      }
      verify(Kernels.reduce(kernel, new int[] {}));
    }
  }

  @Clause("4.6")
  void nothingReducesToTheIdentity() {
    for (ReduceKernel kernel : ReduceKernel.values()) {
      verify(Kernels.reduce(kernel, new int[] {0}, 1));
      verify(Kernels.reduce(kernel, new int[] {5, 0}, 5, 1));
      verify(Kernels.reduce(kernel, new int[] {0, 19}, 1, 19));
      verify(Kernels.reduce(kernel, new int[] {3, 0, 2}, 3, 1, 2));
    }
  }

  @Clause("4.7")
  void nanAndInfinitiesPropagate() {
    double infinity = Double.POSITIVE_INFINITY;
    for (ReduceKernel kernel : ReduceKernel.values()) {
      for (int length : new int[] {2, 5, 16, 33, 65, 100}) {
        for (int place : new int[] {0, 1, length / 2, length - 1}) {
          int[] row = {length};
          int[] column = {length, 1};
          for (double special : new double[] {Double.NaN, infinity, -infinity}) {
            Values values = Values.between(1, 1.5).with(place, special);
            verify(Kernels.reduce(kernel, row, 1).on(values));
            verify(Kernels.reduce(kernel, column, 1, 1).on(values));
          }
          Values both = Values.between(1, 1.5).with(0, -infinity).with(length - 1, infinity);
          verify(Kernels.reduce(kernel, row, 1).on(both));
        }
      }
      verify(Kernels.reduce(kernel, new int[] {40}, 1).on(Values.constant(Double.NaN)));
      verify(Kernels.reduce(kernel, new int[] {40}, 1).on(Values.constant(-infinity)));
      verify(Kernels.reduce(kernel, new int[] {41}, 1).on(Values.constant(infinity)));
    }
  }
}
