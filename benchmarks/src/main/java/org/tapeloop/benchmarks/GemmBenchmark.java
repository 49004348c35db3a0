package org.tapeloop.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.MatrixPacking;
import org.tapeloop.autograd.spi.MatrixPacking.PackedMatrix;

/**
 * Products [M, K] x [K, N] of the sizes that recurrent networks need: a step of a few rows, and a
 * whole sequence at once. The report after the run compares the best call with the peak of fused
 * multiply-adds.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 6, time = 1)
@Measurement(iterations = 8, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class GemmBenchmark {

  /** What both kinds of product have. */
  @State(Scope.Benchmark)
  public abstract static class Setting {

    /** MxNxK. */
    @Param({"20x800x200", "50x512x128", "64x2048x512", "64x4096x1024", "3200x4096x1024"})
    public String shape;

    /** How many threads the backend may use. */
    @Param("1")
    public int threads;
  }

  /** Operands as they come. */
  @State(Scope.Benchmark)
  public static class Plain extends Setting {
    /** The backend. */
    @Param({"vector", "openblas"})
    public String backend;

    private Backend kernels;
    private Operands operands;

    /** Computes once and compares. */
    @Setup
    public void setUp() {
      kernels = Backends.named(backend, threads);
      operands = Operands.of(Product.parse(shape));
      operands.check(backend + " " + shape, multiply());
    }

    FloatView multiply() {
      kernels.gemm(1, operands.a(), operands.b(), 0, operands.out());
      return operands.out();
    }
  }

  /** The right operand packed beforehand. */
  @State(Scope.Benchmark)
  public static class Packed extends Setting {
    /** The backend. */
    @Param("vector")
    public String backend;

    private MatrixPacking packing;
    private PackedMatrix weights;
    private Operands operands;

    /** Packs, computes once and compares. */
    @Setup
    public void setUp() {
      packing =
          Backends.named(backend, threads)
              .matrixPacking()
              .orElseThrow(() -> new IllegalStateException(backend + " packs no matrices"));
      operands = Operands.of(Product.parse(shape));
      weights = packing.pack(operands.b(), null);
      operands.check(backend + " " + shape, multiply());
    }

    FloatView multiply() {
      packing.multiply(1, operands.a(), weights, 0, operands.out());
      return operands.out();
    }
  }

  /** Matrices [M, K], [K, N] and [M, N]. */
  private record Operands(FloatView a, FloatView b, FloatView out) {

    static Operands of(Product size) {
      RandomArrays random = new RandomArrays();
      return new Operands(
          random.next(size.m(), size.k()),
          random.next(size.k(), size.n()),
          random.next(size.m(), size.n()));
    }

    /** Compares rows and columns spread over the result: all take the reference minutes. */
    void check(String what, FloatView product) {
      ArrayView rows = spread(a, 0, 9);
      ArrayView columns = spread(b, 1, 65);
      ArrayView expected = out.allocate(rows.layout().extent(0), columns.layout().extent(1));
      Backends.named("reference", 1).gemm(1, rows, columns, 0, expected);
      double tolerance = 2.0 * a.layout().extent(1) * Math.ulp(1f);
      Check.close(what, expected, spread(spread(product, 0, 9), 1, 65), tolerance);
    }

    /** About {@code count} evenly spaced indices of an axis, the last among them. */
    private static ArrayView spread(ArrayView view, int axis, int count) {
      int extent = view.layout().extent(axis);
      int step = Math.max(1, (extent - 1) / (count - 1));
      int length = (extent - 1) / step + 1;
      int first = (extent - 1) - (length - 1) * step;
      return view.with(view.layout().slice(axis, first, step, length));
    }
  }

  /** The extents of a product. */
  record Product(int m, int n, int k) {

    static Product parse(String shape) {
      String[] parts = shape.split("x", -1);
      if (parts.length != 3) {
        throw new IllegalArgumentException("a shape is MxNxK, not '" + shape + "'");
      }
      return new Product(
          Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
    }

    double gigaflops() {
      return 2.0 * m * n * k / 1e9;
    }
  }

  /** A product of operands as they come. */
  @Benchmark
  public FloatView plain(Plain operands) {
    return operands.multiply();
  }

  /** A product with a matrix packed beforehand. */
  @Benchmark
  public FloatView packed(Packed operands) {
    return operands.multiply();
  }
}
