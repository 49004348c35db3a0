package org.tapeloop.examples.doctor;

import java.util.Arrays;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.LstmCell;
import org.tapeloop.nn.Recurrent;

/**
 * How fast a few things are here. Each is repeated for some time, so that the compiler has done its
 * work, and the best counts: what the machine can do when nothing else runs on it.
 */
final class SpeedCheck {
  private static final double NANOS = 1e9;

  /** Half of a second-level cache at most. */
  private static final int PEAK_FLOATS = 4096;

  /** Multiply-adds for each number read, which are in one chain. */
  private static final int CHAIN = 16;

  private static final int PEAK_PASSES = 2000;

  /** Far more than caches hold: 64 MiB. */
  private static final int STREAM_FLOATS = 1 << 24;

  private static final int GEMM_SIZE = 768;

  private final double seconds;

  /** A check that may take so many seconds for each of its four parts. */
  SpeedCheck(double seconds) {
    this.seconds = seconds;
  }

  /** Floating-point operations in a second, in multiply-adds that wait for nothing, on one core. */
  double multiplyAdds() {
    float[] values = new float[PEAK_FLOATS];
    Arrays.fill(values, 0.5f);
    double time =
        best(
            () -> {
              for (int pass = 0; pass < PEAK_PASSES; pass++) {
                chains(values, 0.5f, 0.25f);
              }
              return values[0];
            });
    return 2.0 * CHAIN * PEAK_FLOATS * PEAK_PASSES / time;
  }

  /**
   * A chain for each number: the loop becomes one over vectors, and the chains of several of them
   * run at the same time.
   */
  private static void chains(float[] values, float a, float b) {
    for (int i = 0; i < values.length; i++) {
      float x = values[i];
      x = Math.fma(x, a, b);
      x = Math.fma(x, a, b);
      x = Math.fma(x, a, b);
      x = Math.fma(x, a, b);
      x = Math.fma(x, a, b);
      x = Math.fma(x, a, b);
      x = Math.fma(x, a, b);
      x = Math.fma(x, a, b);
      x = Math.fma(x, a, b);
      x = Math.fma(x, a, b);
      x = Math.fma(x, a, b);
      x = Math.fma(x, a, b);
      x = Math.fma(x, a, b);
      x = Math.fma(x, a, b);
      x = Math.fma(x, a, b);
      x = Math.fma(x, a, b);
      values[i] = x;
    }
  }

  /** Floating-point operations in a second in the product of two matrices, on all threads. */
  double product() {
    Generator generator = new Generator(1);
    Shape shape = Shape.of(GEMM_SIZE, GEMM_SIZE);
    Tensor a = Tensor.normal(generator.next(), DType.F32, shape, 0, 1);
    Tensor b = Tensor.normal(generator.next(), DType.F32, shape, 0, 1);
    double time = best(() -> Autograd.noGrad(() -> a.matmul(b)));
    return 2.0 * GEMM_SIZE * GEMM_SIZE * GEMM_SIZE / time;
  }

  /** Bytes in a second, read and written, when long arrays are added up on so many threads. */
  double bandwidth(int threads) {
    float[] a = new float[STREAM_FLOATS];
    float[] b = new float[STREAM_FLOATS];
    int part = STREAM_FLOATS / threads;
    double time =
        best(
            () -> {
              IntStream.range(0, threads)
                  .parallel()
                  .forEach(thread -> add(a, b, thread * part, (thread + 1) * part));
              return a[0];
            });
    return 3.0 * Float.BYTES * part * threads / time;
  }

  private static void add(float[] a, float[] b, int from, int to) {
    for (int i = from; i < to; i++) {
      a[i] += b[i];
    }
  }

  /** Seconds of a training step of an LSTM with 35 steps, 20 sequences, 200 inputs and units. */
  double lstm() {
    Generator generator = new Generator(1);
    Recurrent<?> layer = Recurrent.forward(new LstmCell(200, 200, generator));
    Tensor x = Tensor.normal(generator.next(), DType.F32, Shape.of(35, 20, 200), 0, 1);
    return best(() -> layer.forward(x).output().square().mean().gradients(layer.values()));
  }

  /** The seconds of the fastest call of as many as there is time for, three at least. */
  private double best(Supplier<?> body) {
    double best = Double.POSITIVE_INFINITY;
    long end = System.nanoTime() + (long) (seconds * NANOS);
    for (int call = 0; call < 3 || System.nanoTime() < end; call++) {
      long start = System.nanoTime();
      Object result = body.get();
      double time = (System.nanoTime() - start) / NANOS;
      if (result == null) {
        throw new IllegalStateException("a measured call must have a result");
      }
      best = Math.min(best, time);
    }
    return best;
  }
}
