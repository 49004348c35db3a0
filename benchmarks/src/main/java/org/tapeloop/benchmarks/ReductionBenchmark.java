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
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.ReduceKernel;

/**
 * Reductions of a matrix: to a number, to one number a row as a softmax needs, and to one number a
 * column as the gradient of a bias needs. The report after the run compares them with the bandwidth
 * of a bare loop on an array of the same size.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 6, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class ReductionBenchmark {
  private static final int COLUMNS = 128;

  /** The backend. */
  @Param({"vector", "openblas"})
  public String backend;

  /** Of the matrix: for the first-level cache, the second, and main memory. */
  @Param({"4096", "65536", "33554432"})
  public int elements;

  /** How many threads the backend may use. */
  @Param("1")
  public int threads;

  private Backend kernels;
  private FloatView matrix;
  private FloatView scalar;
  private FloatView column;
  private FloatView row;

  /** Computes each once and compares. */
  @Setup
  public void setUp() {
    kernels = Backends.named(backend, threads);
    RandomArrays random = new RandomArrays();
    int rows = elements / COLUMNS;
    matrix = random.next(rows, COLUMNS);
    scalar = random.next(1, 1);
    column = random.next(rows, 1);
    row = random.next(1, COLUMNS);
    check(sum(), ReduceKernel.SUM, elements);
    check(sumOfRows(), ReduceKernel.SUM, COLUMNS);
    check(sumOfColumns(), ReduceKernel.SUM, rows);
    check(maximumOfRows(), ReduceKernel.MAX, 1);
  }

  private void check(FloatView result, ReduceKernel kernel, int terms) {
    FloatView expected = result.allocate(result.layout().extents());
    Backends.named("reference", 1).reduce(kernel, matrix, expected);
    // The bound that Backend.reduce states, and every |x| is below 1.
    double tolerance = (32 + Math.log(terms) / Math.log(2)) * Math.ulp(1f) * terms;
    Check.close(backend + " " + kernel, expected, result, tolerance);
  }

  /** The sum of everything. */
  @Benchmark
  public FloatView sum() {
    kernels.reduce(ReduceKernel.SUM, matrix, scalar);
    return scalar;
  }

  /** One sum a row. */
  @Benchmark
  public FloatView sumOfRows() {
    kernels.reduce(ReduceKernel.SUM, matrix, column);
    return column;
  }

  /** One sum a column. */
  @Benchmark
  public FloatView sumOfColumns() {
    kernels.reduce(ReduceKernel.SUM, matrix, row);
    return row;
  }

  /** The largest of each row. */
  @Benchmark
  public FloatView maximumOfRows() {
    kernels.reduce(ReduceKernel.MAX, matrix, column);
    return column;
  }
}
