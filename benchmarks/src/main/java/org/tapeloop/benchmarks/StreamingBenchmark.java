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
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.StreamingSession;

/**
 * One step of a cell on what arrives, in 32-bit floats, from array to array; inputs and hidden
 * units are equal in number.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 8, time = 1)
@Fork(1)
public class StreamingBenchmark {
  private static final int CHECKED_STEPS = 5;

  /** The cell. */
  @Param({"elman", "gru", "lstm", "lnlstm", "mgu", "user"})
  public String cell;

  /** Inputs, and as many hidden units. */
  @Param({"64", "128", "256", "512"})
  public int size;

  /** Sequences side by side. */
  @Param("1")
  public int batch;

  /** The backend. */
  @Param("vector")
  public String backend;

  /** How many threads the backend may use. */
  @Param("1")
  public int threads;

  private StreamingSession<?> session;
  private float[] x;
  private float[] out;

  /** Compares the first steps with those of the reference. */
  @Setup
  public void setUp() {
    session = session(backend, threads);
    x = new float[batch * size];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) Math.sin(i);
    }
    out = new float[batch * size];
    StreamingSession<?> reference = session("reference", 1);
    float[] expected = new float[out.length];
    for (int t = 0; t < CHECKED_STEPS; t++) {
      reference.step(x, expected);
      session.step(x, out);
      Check.close(cell + " step " + t, Tensor.of(expected), Tensor.of(out), 2e-5);
    }
  }

  private StreamingSession<?> session(String backendName, int threadCount) {
    LayerSize layer = new LayerSize(1, batch, size, size);
    return Backends.use(
        Backends.named(backendName, threadCount),
        () -> StreamingSession.of(BenchmarkCell.named(cell).create(layer), size, batch));
  }

  /** One step; the output feeds nothing but the state, as in a service. */
  @Benchmark
  public float[] step() {
    session.step(x, out);
    return out;
  }
}
