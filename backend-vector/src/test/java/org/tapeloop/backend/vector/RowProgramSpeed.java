package org.tapeloop.backend.vector;

import java.util.Locale;
import java.util.Random;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.RowProgram;
import org.tapeloop.autograd.spi.RowPrograms.RowKernel;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * A quick look at row programs: nanoseconds a hidden unit, beside the same program by one kernel
 * call an instruction. The best of many short repetitions, in turn, so that a busy machine does not
 * spoil it. Arguments: sizes HxB.
 */
final class RowProgramSpeed {
  private static final int SECONDS = 2;

  private RowProgramSpeed() {}

  public static void main(String[] arguments) {
    String[] sizes =
        arguments.length > 0
            ? arguments
            : new String[] {"64x1", "128x50", "200x20", "200x64", "512x64"};
    System.out.printf("%-8s %-14s %9s %9s%n", "HxB", "ns a unit", "by calls", "in tiles");
    for (String size : sizes) {
      String[] parts = size.split("x", -1);
      int hidden = Integer.parseInt(parts[0]);
      int rows = Integer.parseInt(parts[1]);
      measure(size, "lstm", Programs.lstm(hidden), hidden, rows);
      measure(size, "lstm backward", Programs.lstmBackward(hidden), hidden, rows);
      measure(size, "in numbers", Programs.layerNorm(hidden), hidden, rows);
      measure(size, "layer norm", Programs.standardised(hidden), hidden, rows);
      measure(size, "its backward", Programs.standardisedBackward(hidden), hidden, rows);
    }
  }

  private static void measure(String size, String name, RowProgram program, int hidden, int rows) {
    var backend = new VectorBackend(1);
    int[] strides = Programs.columns(program);
    Object[] arrays = new Object[strides.length];
    var random = new Random(1);
    for (int k = 0; k < arrays.length; k++) {
      arrays[k] = ((FloatView) Views.random(random, true, rows, strides[k])).array();
    }
    ArrayView like = new FloatView(new float[1], Layout.rowMajor(1));
    RowKernel[] kernels = {
      new ByCalls(backend).rowPrograms().prepare(program, like), backend.prepare(program, like)
    };
    int[] offsets = new int[arrays.length];
    int calls = 1 + 200_000 / (rows * hidden);
    double[] best = {Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY};
    long end = System.nanoTime() + SECONDS * 1_000_000_000L;
    while (System.nanoTime() < end) {
      for (int k = 0; k < kernels.length; k++) {
        long start = System.nanoTime();
        for (int i = 0; i < calls; i++) {
          kernels[k].run(arrays, offsets, strides, rows);
        }
        best[k] = Math.min(best[k], (System.nanoTime() - start) / ((double) calls * rows * hidden));
      }
    }
    System.out.printf(Locale.ROOT, "%-8s %-14s %9.2f %9.2f%n", size, name, best[0], best[1]);
  }

  /** The kernels of a backend without its row programs. */
  private record ByCalls(Backend backend) implements Backend {
    @Override
    public String name() {
      return backend.name();
    }

    @Override
    public String description() {
      return backend.description();
    }

    @Override
    public int threads() {
      return backend.threads();
    }

    @Override
    public void fill(ArrayView out, double value) {
      backend.fill(out, value);
    }

    @Override
    public void copy(ArrayView in, ArrayView out) {
      backend.copy(in, out);
    }

    @Override
    public void unary(UnaryKernel kernel, ArrayView x, ArrayView out) {
      backend.unary(kernel, x, out);
    }

    @Override
    public void binary(BinaryKernel kernel, ArrayView a, ArrayView b, ArrayView out) {
      backend.binary(kernel, a, b, out);
    }

    @Override
    public void select(ArrayView condition, ArrayView a, ArrayView b, ArrayView out) {
      backend.select(condition, a, b, out);
    }

    @Override
    public void reduce(ReduceKernel kernel, ArrayView x, ArrayView out) {
      backend.reduce(kernel, x, out);
    }

    @Override
    public void gemm(double alpha, ArrayView a, ArrayView b, double beta, ArrayView out) {
      backend.gemm(alpha, a, b, beta, out);
    }

    @Override
    public void gatherRows(ArrayView table, int[] rows, ArrayView out) {
      backend.gatherRows(table, rows, out);
    }

    @Override
    public void scatterAddRows(ArrayView source, int[] rows, ArrayView out) {
      backend.scatterAddRows(source, rows, out);
    }
  }
}
