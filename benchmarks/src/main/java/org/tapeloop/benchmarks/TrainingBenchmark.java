package org.tapeloop.benchmarks;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.scan.ScanMode;
import org.tapeloop.autograd.spi.Backend;

/**
 * Training steps of one recurrent layer: forward, and backward to its input and all its parameters,
 * in 32-bit floats.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
public abstract class TrainingBenchmark {
  /** What is compared with the reference backend before timing. */
  private static final LayerSize CHECKED = new LayerSize(4, 3, 25, 50);

  /** The backend. */
  @Param("vector")
  public String backend;

  /** How many threads the backend may use. */
  @Param("1")
  public int threads;

  private Backend kernels;
  private TrainStep<?> step;

  /** What is trained, for messages. */
  abstract String subject();

  /** How steps run. */
  abstract ScanMode scanMode();

  /** How many seconds a step is called at most before JMH calls it. */
  abstract int longestWarmUp();

  /** The sizes that are timed. */
  abstract LayerSize timed();

  /** A layer. */
  abstract TrainStep<?> layer(LayerSize sizes, ScanMode mode);

  /**
   * Compares all gradients of a small layer with those of the reference backend, and unless JMH is
   * told to do without warming up, calls the step until it is no longer getting faster.
   */
  @Setup
  public void setUp(BenchmarkParams parameters) {
    kernels = Backends.named(backend, threads);
    TrainStep<?> eager = layer(CHECKED, ScanMode.EAGER);
    Check.gradients(subject(), eager, layer(CHECKED, scanMode()), kernels);
    step = layer(timed(), scanMode());
    if (parameters.getWarmup().getCount() > 0) {
      WarmUp.untilSteady(longestWarmUp(), this::gradients);
    }
  }

  /** Forward and backward. */
  @Benchmark
  public Map<Tensor, Tensor> gradients() {
    return Backends.use(kernels, step::gradients);
  }
}
