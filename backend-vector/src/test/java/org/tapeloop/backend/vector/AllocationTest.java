package org.tapeloop.backend.vector;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.scan.Scan;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.MatrixPacking.Upcoming;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * Vectors stay in registers: once compiled, a call allocates less than a vector an iteration. Where
 * C2 gives up inlining, it would be hundreds of kilobytes.
 */
@AtAvailableWidth
class AllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final long LIMIT = 4096;
  private static final int CALLS = 50;
  private static final long PATIENCE_NANOS = 60_000_000_000L;

  /**
   * On x86 C2 has no masks of two lanes: comparisons of F64 at 128 bits, which no CPU there
   * prefers, make objects.
   */
  private static boolean hasMasks(boolean single) {
    return single || VectorWidth.DOUBLE.length() > 2;
  }

  private static void staysInRegisters(String what, Runnable call) {
    allocatesAtMost(LIMIT, what, call);
  }

  private static void allocatesAtMost(long limit, String what, Runnable call) {
    long start = System.nanoTime();
    long allocated;
    do {
      for (int i = 0; i < 500; i++) {
        call.run();
      }
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < CALLS; i++) {
        call.run();
      }
      allocated = (THREADS.getCurrentThreadAllocatedBytes() - before) / CALLS;
    } while (allocated > limit && System.nanoTime() - start < PATIENCE_NANOS);
    assertTrue(allocated <= limit, what + " allocates " + allocated + " bytes a call");
  }

  @ParameterizedTest
  @EnumSource(UnaryKernel.class)
  void unary(UnaryKernel kernel) {
    for (boolean single : new boolean[] {true, false}) {
      if (!hasMasks(single)) {
        continue;
      }
      ArrayView x = Views.random(new Random(1), single, 4003);
      ArrayView out = x.allocate(4003);
      var backend = new VectorBackend(1);
      staysInRegisters(kernel.name(), () -> backend.unary(kernel, x, out));
    }
  }

  @ParameterizedTest
  @EnumSource(BinaryKernel.class)
  void binary(BinaryKernel kernel) {
    for (boolean single : new boolean[] {true, false}) {
      if (!hasMasks(single)) {
        continue;
      }
      ArrayView a = Views.random(new Random(2), single, 40, 101);
      ArrayView row = Views.random(new Random(3), single, 101);
      ArrayView b = row.with(row.layout().broadcastTo(40, 101));
      ArrayView out = a.allocate(40, 101);
      var backend = new VectorBackend(1);
      staysInRegisters(kernel.name(), () -> backend.binary(kernel, a, b, out));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void productsReductionsAndRows(boolean single) {
    assumeTrue(hasMasks(single), "masks of two lanes");
    var backend = new VectorBackend(1);
    var random = new Random(4);
    ArrayView x = Views.random(random, single, 17, 67);
    ArrayView w = Views.random(random, single, 131, 67);
    ArrayView out = x.allocate(17, 131);
    ArrayView copy = x.allocate(67, 17);
    ArrayView rows = x.allocate(17, 1);
    ArrayView columns = x.allocate(1, 67);
    var packed = backend.pack(Views.transposed(w), null);
    ArrayView row = Views.sliced(x, 0, 3, 1, 1);
    ArrayView rowOut = Views.sliced(out, 0, 3, 1, 1);
    staysInRegisters("gemm", () -> backend.gemm(1, x, Views.transposed(w), 0, out));
    staysInRegisters("gemm of a row", () -> backend.gemm(1, row, Views.transposed(w), 1, rowOut));
    staysInRegisters("packed", () -> backend.multiply(1, x, packed, 1, out));
    staysInRegisters("pack", () -> backend.pack(Views.transposed(w), packed));
    staysInRegisters("softmax", () -> backend.softmax(x, x));
    staysInRegisters("transposed copy", () -> backend.copy(Views.transposed(x), copy));
    for (ReduceKernel kernel : ReduceKernel.values()) {
      staysInRegisters(kernel + " of rows", () -> backend.reduce(kernel, x, rows));
      staysInRegisters(kernel + " of columns", () -> backend.reduce(kernel, x, columns));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aProductOfRowsAllocatesNothing(boolean single) {
    var backend = new VectorBackend(1);
    var random = new Random(5);
    for (int[] shape : new int[][] {{1, 256, 64}, {4, 131, 67}, {17, 67, 1030}, {3, 5, 9}}) {
      int rows = shape[0];
      int columns = shape[1];
      int inner = shape[2];
      var packed = backend.pack(Views.random(random, single, inner, columns), null);
      Object a = single ? new float[rows * inner] : new double[rows * inner];
      Object out = single ? new float[rows * columns] : new double[rows * columns];
      if (columns < lanes(single) && !hasMasks(single)) {
        continue;
      }
      Runnable call =
          () ->
              backend.multiplyRows(a, 0, inner, rows, packed, 1, out, 0, columns, Upcoming.NOTHING);
      allocatesNothing(rows + " x " + columns + " x " + inner, call);
    }
  }

  private static void allocatesNothing(String what, Runnable call) {
    allocatesAtMost(0, what, call);
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void aStreamOfStepsAllocatesNothing(DType dtype) {
    assumeTrue(hasMasks(dtype == DType.F32), "masks of two lanes");
    Generator generator = new Generator(6);
    Tensor w = Tensor.normal(generator.next(), dtype, Shape.of(20, 72), 0, 0.3);
    Tensor u = Tensor.normal(generator.next(), dtype, Shape.of(18, 72), 0, 0.3);
    Tensor b = Tensor.normal(generator.next(), dtype, Shape.of(72), 0, 0.3);
    Tensor zeros = Tensor.zeros(dtype, Shape.of(2, 18));
    var scan =
        Scan.over(
            (Tensor x, List<Tensor> s) -> {
              var z = x.matmul(w).add(s.get(0).matmul(u)).add(b).chunk(4);
              var c = z.get(1).sigmoid().mul(s.get(1)).add(z.get(0).sigmoid().mul(z.get(2).tanh()));
              var h = z.get(3).sigmoid().mul(c.tanh());
              return new Scan.Next<>(h, List.of(h, c));
            });
    var stream =
        Backends.use(
            new VectorBackend(1),
            () -> scan.stream(Tensor.zeros(dtype, Shape.of(2, 20)), List.of(zeros, zeros)));
    if (dtype == DType.F32) {
      float[] x = new float[40];
      float[] out = new float[36];
      allocatesNothing("F32", () -> stream.step(x, out));
    } else {
      double[] x = new double[40];
      double[] out = new double[36];
      allocatesNothing("F64", () -> stream.step(x, out));
    }
  }

  private static int lanes(boolean single) {
    return single ? VectorWidth.FLOAT.length() : VectorWidth.DOUBLE.length();
  }
}
