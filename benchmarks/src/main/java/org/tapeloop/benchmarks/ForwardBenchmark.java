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
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.scan.ScanMode;
import org.tapeloop.autograd.spi.Backend;

/**
 * A recurrent layer over whole sequences without gradients, in 32-bit floats. The fraction reported
 * is of {@code 2 T B G H (I + H)} operations.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 6, time = 1)
@Measurement(iterations = 8, time = 1)
@Fork(1)
public class ForwardBenchmark {
  /** What is compared with the reference backend before timing. */
  private static final LayerSize CHECKED = new LayerSize(4, 3, 21, 35);

  /** The cell. */
  @Param({"elman", "gru", "lstm", "lnlstm", "mgu", "user"})
  public String cell;

  /** A size by name, or {@code TxBxIxH}. */
  @Param({"64x64x64x64", "64x64x128x128", "64x64x256x256", "64x64x512x512"})
  public String size;

  /** The backend. */
  @Param("vector")
  public String backend;

  /** How many threads the backend may use. */
  @Param("1")
  public int threads;

  private Backend kernels;
  private TrainStep<?> layer;

  /** Compares the outputs of a small layer. */
  @Setup
  public void setUp() {
    BenchmarkCell kind = BenchmarkCell.named(cell);
    kernels = Backends.named(backend, threads);
    TrainStep<?> small = TrainStep.of(kind, CHECKED, ScanMode.COMPILED);
    Tensor expected = outputs(Backends.named("reference", 1), small);
    Check.close(cell + " outputs", expected, outputs(kernels, small), 2e-5);
    layer = TrainStep.of(kind, LayerSize.parse(size), ScanMode.COMPILED);
  }

  private static Tensor outputs(Backend backend, TrainStep<?> layer) {
    return Backends.use(backend, () -> Autograd.noGrad(layer::forward));
  }

  /** The outputs of all steps. */
  @Benchmark
  public Tensor forward() {
    return outputs(kernels, layer);
  }
}
