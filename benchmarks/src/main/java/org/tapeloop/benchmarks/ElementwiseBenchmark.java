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
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * Elementwise kernels on dense vectors: the gates of a step, which fit a cache, and arrays that do
 * not. The report after the run compares them with the bandwidth of a bare loop on arrays of the
 * same size.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 6, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class ElementwiseBenchmark {
  /** The backend. */
  @Param({"vector", "openblas"})
  public String backend;

  /** Of each array: for the first-level cache, the second, and main memory. */
  @Param({"2048", "32768", "16777216"})
  public int elements;

  /** How many threads the backend may use. */
  @Param("1")
  public int threads;

  private Backend kernels;
  private FloatView a;
  private FloatView b;
  private FloatView out;

  /** Computes each once and compares. */
  @Setup
  public void setUp() {
    kernels = Backends.named(backend, threads);
    RandomArrays random = new RandomArrays();
    a = random.next(elements);
    b = random.next(elements);
    out = random.next(elements);
    check(add(), BinaryKernel.ADD);
    check(sigmoidGradient(), BinaryKernel.SIGMOID_GRADIENT);
    check(negate(), UnaryKernel.NEGATE);
    check(sigmoid(), UnaryKernel.SIGMOID);
    check(tanh(), UnaryKernel.TANH);
  }

  private void check(FloatView result, BinaryKernel kernel) {
    FloatView expected = a.allocate(elements);
    Backends.named("reference", 1).binary(kernel, a, b, expected);
    Check.close(backend + " " + kernel, expected, result, 4 * Math.ulp(1f));
  }

  private void check(FloatView result, UnaryKernel kernel) {
    FloatView expected = a.allocate(elements);
    Backends.named("reference", 1).unary(kernel, a, expected);
    Check.close(backend + " " + kernel, expected, result, 4 * Math.ulp(1f));
  }

  /** Two operands, nothing to compute. */
  @Benchmark
  public FloatView add() {
    kernels.binary(BinaryKernel.ADD, a, b, out);
    return out;
  }

  /** Two operands, little to compute. */
  @Benchmark
  public FloatView sigmoidGradient() {
    kernels.binary(BinaryKernel.SIGMOID_GRADIENT, a, b, out);
    return out;
  }

  /** One operand, nothing to compute. */
  @Benchmark
  public FloatView negate() {
    kernels.unary(UnaryKernel.NEGATE, a, out);
    return out;
  }

  /** One operand, an exponential and a division. */
  @Benchmark
  public FloatView sigmoid() {
    kernels.unary(UnaryKernel.SIGMOID, a, out);
    return out;
  }

  /** One operand, a hyperbolic tangent. */
  @Benchmark
  public FloatView tanh() {
    kernels.unary(UnaryKernel.TANH, a, out);
    return out;
  }
}
