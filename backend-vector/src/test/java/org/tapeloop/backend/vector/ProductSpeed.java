package org.tapeloop.backend.vector;

import java.util.Arrays;
import java.util.Random;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;

/**
 * A quick look at the F32 products, as shares of the multiply-add peak measured in between: the
 * best of many short repetitions, so that a busy machine does not spoil it. Arguments: shapes
 * MxNxK.
 */
final class ProductSpeed {
  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOAT;
  private static final int STEPS = 20_000;
  private static final float[] SINK = new float[SPECIES.length()];

  private ProductSpeed() {}

  public static void main(String[] arguments) {
    String[] shapes =
        arguments.length > 0
            ? arguments
            : new String[] {
              "20x800x200",
              "50x512x128",
              "64x2048x512",
              "64x4096x1024",
              "16x64x64",
              "17x65x65",
              "33x80x129",
              "1x256x64",
              "3200x512x512"
            };
    var workers = new Workers(Integer.getInteger("tapeloop.threads", 1));
    System.out.printf("%-18s %8s %8s %8s %8s%n", "MxNxK", "GFLOP/s", "packed", "plain", "x W^T");
    for (String shape : shapes) {
      int[] e = Arrays.stream(shape.split("x", -1)).mapToInt(Integer::parseInt).toArray();
      measure(shape, e[0], e[1], e[2], workers);
    }
  }

  private static void measure(String shape, int rows, int columns, int inner, Workers workers) {
    var random = new Random(1);
    var a = new FloatView(numbers(random, rows * inner), Layout.rowMajor(rows, inner));
    float[] weights = numbers(random, inner * columns);
    var b = new FloatView(weights, Layout.rowMajor(inner, columns));
    var transposed = b.with(Layout.rowMajor(columns, inner).transpose(0, 1));
    var c = new FloatView(new float[rows * columns], Layout.rowMajor(rows, columns));
    var packed = new FloatPackedMatrix(inner, columns);
    packed.pack(b);
    double flops = 2.0 * rows * columns * inner;
    int repetitions = (int) Math.max(10, Math.min(2000, 1e9 / flops));
    double peak = 0;
    double[] best = new double[3];
    for (int round = 0; round < 8; round++) {
      peak = Math.max(peak, best(ProductSpeed::multiplyAdds, STEPS * 24.0 * SPECIES.length(), 30));
      best[0] =
          Math.max(best[0], best(() -> packed.multiply(1, a, 0, c, workers), flops, repetitions));
      best[1] =
          Math.max(
              best[1],
              best(() -> FloatBatchedGemm.gemm(1, a, b, 0, c, workers), flops, repetitions));
      best[2] =
          Math.max(
              best[2],
              best(
                  () -> FloatBatchedGemm.gemm(1, a, transposed, 0, c, workers),
                  flops,
                  repetitions));
    }
    System.out.printf(
        "%-18s %8.0f %7.1f%% %7.1f%% %7.1f%%%n",
        shape, peak, 100 * best[0] / peak, 100 * best[1] / peak, 100 * best[2] / peak);
  }

  private static float[] numbers(Random random, int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  private static double best(Runnable run, double flops, int repetitions) {
    double best = 0;
    for (int i = 0; i < repetitions; i++) {
      long start = System.nanoTime();
      run.run();
      best = Math.max(best, flops / (System.nanoTime() - start));
    }
    return best;
  }

  /**
   * Twelve independent chains of multiply-adds: more than two units of a latency of four can use.
   * Each sum is an addend, as in the tiles: as a factor it would need a copy of the addend each
   * time.
   */
  private static void multiplyAdds() {
    FloatVector f = FloatVector.broadcast(SPECIES, 1.0000001f);
    FloatVector g = FloatVector.broadcast(SPECIES, 1e-9f);
    FloatVector a = FloatVector.broadcast(SPECIES, 0f);
    FloatVector b = FloatVector.broadcast(SPECIES, 1f);
    FloatVector c = FloatVector.broadcast(SPECIES, 2f);
    FloatVector d = FloatVector.broadcast(SPECIES, 3f);
    FloatVector e = FloatVector.broadcast(SPECIES, 4f);
    FloatVector h = FloatVector.broadcast(SPECIES, 5f);
    FloatVector i = FloatVector.broadcast(SPECIES, 6f);
    FloatVector j = FloatVector.broadcast(SPECIES, 7f);
    FloatVector k = FloatVector.broadcast(SPECIES, 8f);
    FloatVector l = FloatVector.broadcast(SPECIES, 9f);
    FloatVector m = FloatVector.broadcast(SPECIES, 10f);
    FloatVector n = FloatVector.broadcast(SPECIES, 11f);
    for (int step = 0; step < STEPS; step++) {
      a = f.fma(g, a);
      b = f.fma(g, b);
      c = f.fma(g, c);
      d = f.fma(g, d);
      e = f.fma(g, e);
      h = f.fma(g, h);
      i = f.fma(g, i);
      j = f.fma(g, j);
      k = f.fma(g, k);
      l = f.fma(g, l);
      m = f.fma(g, m);
      n = f.fma(g, n);
    }
    a.add(b)
        .add(c)
        .add(d)
        .add(e)
        .add(h)
        .add(i)
        .add(j)
        .add(k)
        .add(l)
        .add(m)
        .add(n)
        .intoArray(SINK, 0);
  }
}
