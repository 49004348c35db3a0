package org.tapeloop.autograd.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.UnaryKernel;

/** Section 1 of the contract: what holds for every kernel. */
class EveryKernelClauses extends ClauseGroup {

  EveryKernelClauses(IntFunction<Backend> factory) {
    super(factory);
  }

  @Clause("1.1")
  void nothingOutsideTheOutputChanges() {
    Backend backend = backend(2);
    for (KernelCase kernel : everyKernel(5, 19)) {
      for (Precision precision : Precision.values()) {
        for (Arrangement out : Arrangement.WRITABLE) {
          check(
              kernel,
              precision,
              Arrangement.INSET,
              out,
              prepared -> {
                prepared.run(backend);
                int position = prepared.out().firstChangeOutside();
                return position < 0 ? null : "position " + position + " outside out changed";
              });
        }
      }
    }
  }

  @Clause("1.2")
  void operandsStayAsTheyAre() {
    Backend backend = backend(2);
    for (KernelCase kernel : everyKernel(5, 19)) {
      for (Precision precision : Precision.values()) {
        for (Arrangement operands : Arrangement.values()) {
          check(
              kernel,
              precision,
              operands,
              Arrangement.DENSE,
              prepared -> {
                prepared.run(backend);
                for (int k = 0; k < prepared.operands().length; k++) {
                  int position = prepared.operands()[k].firstChange();
                  if (position >= 0) {
                    return "operand " + k + " changed at position " + position;
                  }
                }
                return null;
              });
        }
      }
    }
  }

  @Clause("1.3")
  void operandsMayHaveAnyStrides() {
    for (Arrangement operands : Arrangement.values()) {
      Kernels.everyKernelButGemm(5, 19)
          .forEach(kernel -> verify(kernel, operands, Arrangement.DENSE));
      Kernels.everyKernelButGemm(17, 3)
          .forEach(kernel -> verify(kernel, operands, Arrangement.DENSE));
    }
  }

  @Clause("1.4")
  void outputsMayHaveAnyStridesButZero() {
    for (Arrangement out : Arrangement.WRITABLE) {
      Kernels.everyKernelButGemm(5, 19).forEach(kernel -> verify(kernel, Arrangement.DENSE, out));
      Kernels.everyKernelButGemm(17, 3).forEach(kernel -> verify(kernel, Arrangement.DENSE, out));
    }
  }

  @Clause("1.5")
  void arraysMayHaveAnyRank() {
    for (int[] extents :
        new int[][] {{}, {1}, {1, 1, 1}, {6}, {2, 3, 4}, {3, 1, 2, 5}, {2, 1, 3, 2, 2}}) {
      for (Arrangement out : Arrangement.WRITABLE) {
        verify(Kernels.fill(1.5, extents), Arrangement.DENSE, out);
        verify(Kernels.copy(extents), Arrangement.TRANSPOSED, out);
        verify(Kernels.unary(UnaryKernel.NEGATE, extents), Arrangement.FLIPPED, out);
        verify(Kernels.binary(BinaryKernel.SUB, extents), Arrangement.TRANSPOSED_PADDED, out);
        verify(Kernels.select(extents), Arrangement.STEPPED, out);
        verify(Kernels.reduce(ReduceKernel.MAX, extents, extents), Arrangement.PADDED, out);
      }
    }
  }

  @Clause("1.6")
  void extentsMayBeZero() {
    int[] none = {};
    List<KernelCase> cases = new ArrayList<>();
    for (int[] extents : new int[][] {{0}, {0, 4}, {3, 0, 2}}) {
      cases.add(Kernels.fill(1, extents));
      cases.add(Kernels.copy(extents));
      cases.add(Kernels.unary(UnaryKernel.EXP, extents));
      cases.add(Kernels.binary(BinaryKernel.ADD, extents));
      cases.add(Kernels.select(extents));
      cases.add(Kernels.softmax(extents));
      cases.add(Kernels.logSoftmax(extents));
      cases.add(Kernels.cumulativeSum(0, extents));
      cases.add(Kernels.reduce(ReduceKernel.SUM, extents, extents));
    }
    cases.add(Kernels.gatherRows(new int[] {1, 0}, 4, 0));
    cases.add(Kernels.scatterAddRows(new int[] {1, 0}, 4, 0));
    cases.add(Kernels.gatherRows(none, 4, 3));
    cases.add(Kernels.scatterAddRows(none, 4, 3));
    cases.add(Kernels.gemm(1, 1, 0, 4, 3));
    cases.add(Kernels.gemm(1, 1, 4, 0, 3));
    cases.add(Kernels.gemm(1, 1, 4, 5, 3, 0));
    for (KernelCase kernel : cases) {
      for (Arrangement arrangement : Arrangement.WRITABLE) {
        verify(kernel, arrangement, arrangement);
      }
    }
  }

  @Clause("1.7")
  void theNumberOfThreadsDoesNotChangeABit() {
    List<KernelCase> cases = new ArrayList<>(Kernels.everyKernelButGemm(21, 515));
    int[] large = {131, 1031};
    cases.add(Kernels.unary(UnaryKernel.TANH, large));
    cases.add(Kernels.binary(BinaryKernel.MUL, large));
    cases.add(Kernels.softmax(large));
    cases.add(Kernels.reduce(ReduceKernel.SUM, large, 1, 1));
    cases.add(Kernels.reduce(ReduceKernel.SUM, large, 131, 1));
    cases.add(Kernels.reduce(ReduceKernel.SUM, large, 1, 1031));
    cases.add(Kernels.gemm(1, 0, 1, 700, 300));
    cases.add(Kernels.gemm(1, 0, 700, 1, 300));
    cases.add(Kernels.gemm(1, 1, 20, 200, 100));
    cases.add(Kernels.gemm(0.5, 0.5, 131, 67, 129));
    cases.add(Kernels.gemm(1, 0, 5, 515, 200));
    cases.add(Kernels.gemm(1, 0, 515, 6, 200));
    cases.add(Kernels.gemm(1, 0, 33, 17, 40, 5));
    for (KernelCase kernel : cases) {
      for (Precision precision : Precision.values()) {
        check(kernel, precision, Arrangement.DENSE, Arrangement.DENSE, this::errorOverThreadCounts);
      }
    }
  }

  private @Nullable String errorOverThreadCounts(KernelCase.Prepared prepared) {
    prepared.run(backend(1));
    double[] single = prepared.out().elements();
    for (int threads = 2; threads <= MOST_THREADS; threads++) {
      prepared.restore();
      prepared.run(backend(threads));
      int element = Arrays.mismatch(single, prepared.out().elements());
      if (element >= 0) {
        return "element %d differs between 1 and %d threads".formatted(element, threads);
      }
    }
    return null;
  }

  @Clause("1.8")
  void severalThreadsMayCallAtOnce() throws InterruptedException, ExecutionException {
    Backend backend = backend(2);
    List<KernelCase> cases = everyKernel(7, 33);
    List<Future<?>> callers = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(MOST_THREADS)) {
      for (int caller = 0; caller < MOST_THREADS; caller++) {
        double scale = 1 + caller;
        callers.add(pool.submit(() -> callRepeatedly(backend, cases, scale)));
      }
    }
    for (Future<?> caller : callers) {
      caller.get();
    }
  }

  private void callRepeatedly(Backend backend, List<KernelCase> cases, double scale) {
    for (int round = 0; round < 6; round++) {
      for (KernelCase kernel : cases) {
        for (Precision precision : Precision.values()) {
          check(
              kernel,
              precision,
              Arrangement.INSET,
              Arrangement.INSET,
              prepared -> {
                for (TestArray operand : prepared.operands()) {
                  operand.store(Arrays.stream(operand.elements()).map(x -> x / scale).toArray());
                }
                return prepared.errorOf(backend);
              });
        }
      }
    }
  }

  @Clause("1.9")
  void nothingIsRememberedOfEarlierOperands() {
    Backend backend = backend(2);
    for (KernelCase kernel : everyKernel(7, 21)) {
      for (Precision precision : Precision.values()) {
        check(
            kernel,
            precision,
            Arrangement.DENSE,
            Arrangement.DENSE,
            prepared -> {
              prepared.run(backend);
              for (TestArray operand : prepared.operands()) {
                operand.store(Arrays.stream(operand.elements()).map(x -> x * 0.875).toArray());
              }
              return prepared.errorOf(backend);
            });
      }
    }
  }

  @Clause("1.10")
  void theBackendDescribesItself() {
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
      Backend backend = backend(threads);
      assertTrue(backend.name().matches("[a-z][a-z0-9-]*"), "name: " + backend.name());
      assertFalse(backend.description().isBlank(), "description is blank");
      assertEquals(1, backend.description().lines().count(), "lines of description");
      assertTrue(
          backend.threads() >= 1 && backend.threads() <= threads,
          "asked for " + threads + " threads but has " + backend.threads());
    }
  }

  private static List<KernelCase> everyKernel(int rows, int columns) {
    List<KernelCase> cases = new ArrayList<>(Kernels.everyKernelButGemm(rows, columns));
    cases.add(Kernels.gemm(1, 0, rows, columns, 11));
    cases.add(Kernels.gemm(-0.5, 0.5, rows, columns, 11, 2));
    cases.add(Kernels.gemm(1, 0, 1, columns, rows));
    cases.add(Kernels.gemm(1, 1, rows, 1, columns));
    return cases;
  }
}
