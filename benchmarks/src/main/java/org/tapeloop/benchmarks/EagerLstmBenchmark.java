package org.tapeloop.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.spi.Backend;

/** An LSTM written from ops, run eagerly: forward, and backward to all parameters. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 8, time = 1)
@Measurement(iterations = 8, time = 1)
@Fork(1)
public class EagerLstmBenchmark {
  /** The reference computes so many steps in bearable time. */
  private static final int CHECKED_STEPS = 6;

  /** The backend. */
  @Param({"vector", "openblas"})
  public String backend;

  /** Time steps, batch, inputs, hidden units. */
  @Param({"64,1,64,64", "100,50,128,128"})
  public String size;

  /** How many threads the backend may use. */
  @Param("1")
  public int threads;

  private Backend kernels;
  private LstmRun lstm;

  /** Compares all gradients after the first steps. */
  @Setup
  public void setUp() {
    int[] sizes = Arrays.stream(size.split(",", -1)).mapToInt(Integer::parseInt).toArray();
    lstm = new LstmRun(sizes[0], sizes[1], sizes[2], sizes[3]);
    kernels = Backends.named(backend, threads);
    LstmRun start = lstm.start(CHECKED_STEPS);
    List<Tensor> expected = gradients(Backends.named("reference", 1), start);
    List<Tensor> actual = gradients(kernels, start);
    for (int i = 0; i < expected.size(); i++) {
      Check.close(backend + " gradient " + i, expected.get(i), actual.get(i), 1e-5);
    }
  }

  private static List<Tensor> gradients(Backend backend, LstmRun run) {
    return new ArrayList<>(Backends.use(backend, run::gradients).values());
  }

  /** Forward and backward. */
  @Benchmark
  public Map<Tensor, Tensor> gradients() {
    return Backends.use(kernels, lstm::gradients);
  }
}
