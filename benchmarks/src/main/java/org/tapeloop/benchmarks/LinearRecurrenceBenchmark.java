package org.tapeloop.benchmarks;

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
import org.tapeloop.autograd.scan.ScanMode;
import org.tapeloop.autograd.spi.Backend;

/**
 * A training step of cells with a linear recurrence, one step after the other in a compiled scan,
 * and all steps at once.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 10, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class LinearRecurrenceBenchmark {
  private static final LayerSize CHECKED = new LayerSize(7, 3, 25, 50);

  /** The cell. */
  @Param({"MIN_GRU", "MIN_LSTM", "LINEAR_SRU", "QRNN", "REAL_LRU", "LRU", "DIAGONAL_STATE_SPACE"})
  public LibraryCell cell;

  /** A size by name, or {@code TxBxIxH}. */
  @Param({"35x20x200x200", "1000x1x64x64", "1000x32x128x128", "5000x1x16x16"})
  public String size;

  /** The backend. */
  @Param("vector")
  public String backend;

  /** How many threads the backend may use. */
  @Param({"1", "2"})
  public int threads;

  private Backend kernels;
  private TrainStep<?> scan;
  private TrainStep<?> atOnce;

  /** Compares all gradients of a small layer. */
  @Setup
  public void setUp() {
    kernels = Backends.named(backend, threads);
    TrainStep<?> eager = TrainStep.of(cell, CHECKED, ScanMode.EAGER);
    Check.gradients(
        cell + " compiled", eager, TrainStep.of(cell, CHECKED, ScanMode.COMPILED), kernels);
    Check.gradients(cell + " at once", eager, TrainStep.atOnce(cell, CHECKED), kernels);
    LayerSize layer = LayerSize.parse(size);
    scan = TrainStep.of(cell, layer, ScanMode.COMPILED);
    atOnce = TrainStep.atOnce(cell, layer);
  }

  /** Forward and backward, step after step. */
  @Benchmark
  public Map<Tensor, Tensor> compiledScan() {
    return Backends.use(kernels, scan::gradients);
  }

  /** Forward and backward, all steps at once. */
  @Benchmark
  public Map<Tensor, Tensor> associativeScan() {
    return Backends.use(kernels, atOnce::gradients);
  }
}
