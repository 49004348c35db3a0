package org.tapeloop.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
 * A recurrent layer's training step: forward, and backward to its input and all its parameters, in
 * 32-bit floats. The fraction reported is of {@code 6 T B G H (I + H)} operations, those of the
 * products, at the peak of the multiply-add units.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 6, time = 1)
@Measurement(iterations = 8, time = 1)
@Fork(1)
public class TrainStepBenchmark {
  /** What is compared with the reference backend before timing. */
  private static final LayerSize CHECKED = new LayerSize(4, 3, 21, 35);

  /** The cell; {@code user} is defined here, {@code lstm} in the library. */
  @Param({"elman", "gru", "lstm", "lnlstm", "mgu", "user"})
  public String cell;

  /** A size by name, or {@code T,B,I,H}. */
  @Param({"stream", "char", "zsmall", "zmedium", "mid", "xl"})
  public String size;

  /** How the steps run. */
  @Param({"compiled", "eager"})
  public String mode;

  /** The backend. */
  @Param("vector")
  public String backend;

  /** How many threads the backend may use. */
  @Param("1")
  public int threads;

  private Backend kernels;
  private TrainStep<?> step;

  /** Compares all gradients of a small layer. */
  @Setup
  public void setUp() {
    BenchmarkCell kind = BenchmarkCell.named(cell);
    ScanMode scan = ScanMode.valueOf(mode.toUpperCase(Locale.ROOT));
    kernels = Backends.named(backend, threads);
    TrainStep<?> eager = TrainStep.of(kind, CHECKED, ScanMode.EAGER);
    List<Tensor> expected = gradients(Backends.named("reference", 1), eager);
    List<Tensor> actual = gradients(kernels, TrainStep.of(kind, CHECKED, scan));
    for (int i = 0; i < expected.size(); i++) {
      Check.close(cell + " gradient " + i, expected.get(i), actual.get(i), 3e-5);
    }
    step = TrainStep.of(kind, LayerSize.parse(size), scan);
  }

  private static List<Tensor> gradients(Backend backend, TrainStep<?> step) {
    return new ArrayList<>(Backends.use(backend, step::gradients).values());
  }

  /** Forward and backward. */
  @Benchmark
  public Map<Tensor, Tensor> gradients() {
    return Backends.use(kernels, step::gradients);
  }
}
