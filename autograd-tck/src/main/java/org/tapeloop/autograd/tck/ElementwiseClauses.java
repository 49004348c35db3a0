package org.tapeloop.autograd.tck;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.UnaryKernel;

/** Section 2 of the contract: fill, copy, unary, binary, select. */
class ElementwiseClauses extends ClauseGroup {
  private static final int MANY = 4099;

  ElementwiseClauses(IntFunction<Backend> factory) {
    super(factory);
  }

  @Clause("2.1")
  void fillWritesTheValueRoundedToTheElementType() {
    for (int length : LENGTHS) {
      verify(Kernels.fill(0.1, length));
    }
    for (double value : Domains.specialPoints()) {
      verify(Kernels.fill(value, 21));
    }
  }

  @Clause("2.2")
  void copyKeepsEveryBit() {
    for (int length : LENGTHS) {
      verify(Kernels.copy(length));
    }
    verify(Kernels.copy(3, 47).on(Values.cycling(Domains.specialPoints())));
  }

  @Clause("2.3")
  void unaryKernelsStayWithinTheirErrorBound() {
    for (UnaryKernel kernel : UnaryKernel.values()) {
      for (int length : LENGTHS) {
        verify(Kernels.unary(kernel, length).on(Domains.of(kernel)));
      }
      verify(Kernels.unary(kernel, MANY).on(Domains.of(kernel)));
    }
  }

  @Clause("2.4")
  void unaryKernelsMapSpecialPointsAsTheirScalarMeaning() {
    double[] points = Domains.specialPoints();
    for (UnaryKernel kernel : UnaryKernel.values()) {
      verify(Kernels.unary(kernel, points.length).on(Values.cycling(points)));
      for (double point : points) {
        verify(Kernels.unary(kernel, 19).on(Values.constant(point)));
      }
    }
  }

  @Clause("2.5")
  void binaryKernelsStayWithinTheirErrorBound() {
    for (BinaryKernel kernel : BinaryKernel.values()) {
      for (int length : LENGTHS) {
        verify(binary(kernel, length));
      }
      verify(binary(kernel, MANY));
    }
  }

  @Clause("2.6")
  void binaryKernelsMapSpecialPointsAsTheirScalarMeaning() {
    double[] points = Domains.specialPoints();
    for (BinaryKernel kernel : BinaryKernel.values()) {
      double[] seconds = Domains.specialSecondPoints(kernel);
      int pairs = points.length * seconds.length;
      verify(
          Kernels.binary(kernel, pairs)
              .on(
                  (random, i) -> points[i / seconds.length],
                  (random, i) -> seconds[i % seconds.length]));
    }
  }

  @Clause("2.7")
  void selectTakesTheFirstWhereTheConditionIsNotZero() {
    for (int length : LENGTHS) {
      verify(Kernels.select(length));
    }
    double[] points = Domains.specialPoints();
    verify(
        Kernels.select(points.length * 2)
            .on(Values.cycling(points), Values.constant(1), Values.constant(Double.NaN)));
    verify(
        Kernels.select(points.length * 2)
            .on(Values.cycling(0, 1), Values.cycling(points), Values.cycling(points)));
  }

  @Clause("2.8")
  void theOutputMayBeAnOperandsVeryView() {
    Backend backend = backend(2);
    List<KernelCase> cases = new ArrayList<>();
    for (int[] extents : new int[][] {{1}, {17}, {5, 19}, {1021}}) {
      cases.add(Kernels.copy(extents));
      for (UnaryKernel kernel : UnaryKernel.values()) {
        cases.add(Kernels.unary(kernel, extents).on(Domains.of(kernel)));
      }
      for (BinaryKernel kernel : BinaryKernel.values()) {
        cases.add(binary(kernel, extents));
      }
      cases.add(Kernels.select(extents));
    }
    for (KernelCase kernel : cases) {
      for (Precision precision : Precision.values()) {
        for (Arrangement arrangement : Arrangement.WRITABLE) {
          for (int operand = 0; operand < kernel.operands().size(); operand++) {
            int shared = operand;
            check(
                kernel,
                precision,
                arrangement,
                Arrangement.DENSE,
                prepared -> errorInPlace(backend, prepared, new int[] {shared}));
          }
          check(
              kernel,
              precision,
              arrangement,
              Arrangement.DENSE,
              prepared -> errorInPlace(backend, prepared, allOf(kernel)));
        }
      }
    }
  }

  private static int[] allOf(KernelCase kernel) {
    int[] all = new int[kernel.operands().size()];
    Arrays.setAll(all, k -> k);
    return all;
  }

  /** Runs a call with some of its operands and its output being one view. */
  private static @Nullable String errorInPlace(
      Backend backend, KernelCase.Prepared prepared, int[] shared) {
    TestArray out = prepared.operands()[shared[0]];
    for (int k : shared) {
      prepared.operands()[k] = out;
    }
    ArrayView[] views =
        Arrays.stream(prepared.operands()).map(TestArray::view).toArray(ArrayView[]::new);
    Expected expected = prepared.expected();
    prepared.kernel().call().run(backend, views, out.view());
    String error = expected.firstError(prepared.precision(), out.elements());
    return error == null
        ? null
        : "with out the view of operand " + Arrays.toString(shared) + ": " + error;
  }

  private static KernelCase binary(BinaryKernel kernel, int... extents) {
    return Kernels.binary(kernel, extents).on(Domains.left(kernel), Domains.right(kernel));
  }
}
