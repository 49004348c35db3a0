package org.tapeloop.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.scan.ScanMode;
import org.tapeloop.autograd.spi.Backend;

/**
 * Where a compiled training step spends its time: each of its kernel calls as the plan makes them,
 * and what is left between them, beside the multiply-add peak measured in turn with the steps.
 *
 * <p>Of a busy machine's steps the fastest counts, and of each call its fastest step. Arguments:
 * {@code cell:size} pairs, then milliseconds for each; {@code -Dtapeloop.threads} for a total with
 * more threads, whose calls are not told apart.
 */
final class TrainStepProfile {
  private TrainStepProfile() {}

  public static void main(String[] arguments) {
    int threads = Integer.getInteger("tapeloop.threads", 1);
    int last = arguments.length - 1;
    long nanos = 1_000_000 * Long.parseLong(arguments[last]);
    List<Subject> subjects = new ArrayList<>();
    for (String argument : Arrays.copyOf(arguments, last)) {
      subjects.add(new Subject(argument, threads));
    }
    double peak = 0;
    // In turns, so that a slow minute of the machine meets all of them.
    for (int round = 0; round < 6; round++) {
      for (Subject subject : subjects) {
        subject.run(nanos / 6);
        peak = Math.max(peak, FmaPeak.measure(threads));
      }
    }
    System.out.printf("peak %.0f GFLOP/s, %d threads%n", peak, threads);
    for (Subject subject : subjects) {
      subject.print(peak);
    }
  }

  /** One cell at one size. */
  private static final class Subject {
    private final String name;
    private final double flops;
    private final TrainStep<?> step;
    private final Backend kernels;

    /** A step of its own: a scan keeps the memory of its runs by backend. */
    private final TrainStep<?> timedStep;

    private final TimedBackend timedKernels;
    private final int threads;
    private long best = Long.MAX_VALUE;

    Subject(String name, int threads) {
      this.name = name;
      this.threads = threads;
      String[] parts = name.split(":", -1);
      BenchmarkCell cell = BenchmarkCell.named(parts[0]);
      LayerSize size = LayerSize.parse(parts[1]);
      flops = cell.flops(size);
      step = TrainStep.of(cell, size, ScanMode.COMPILED);
      kernels = Backends.named("vector", threads);
      timedStep = TrainStep.of(cell, size, ScanMode.COMPILED);
      timedKernels = new TimedBackend(kernels);
    }

    void run(long nanos) {
      long end = System.nanoTime() + nanos;
      do {
        best = Math.min(best, time(kernels, step));
        if (threads == 1) {
          timedKernels.endRun(time(timedKernels, timedStep));
        }
      } while (System.nanoTime() < end);
    }

    private static long time(Backend kernels, TrainStep<?> step) {
      long start = System.nanoTime();
      Map<Tensor, Tensor> gradients = Backends.use(kernels, step::gradients);
      long took = System.nanoTime() - start;
      if (gradients.isEmpty()) {
        throw new IllegalStateException("no gradients");
      }
      return took;
    }

    void print(double peak) {
      System.out.printf(
          "%n%s: %.3f ms, %.1f %% of the peak, %.3f at the peak%n",
          name, best / 1e6, 100 * flops / best / peak, flops / peak / 1e6);
      System.out.printf("%-46s %6s %9s %6s %9s%n", "call", "calls", "ms", "share", "gap ms");
      timedKernels.calls().stream()
          .sorted(Comparator.comparingDouble(call -> -call.gap(peak)))
          .forEach(
              call ->
                  System.out.printf(
                      "%-46s %6d %9.3f %6s %9.3f%n",
                      call.name(),
                      call.count(),
                      call.nanos() / 1e6,
                      call.flops() == 0
                          ? ""
                          : "%.1f".formatted(100 * call.flops() / call.nanos() / peak),
                      call.gap(peak) / 1e6));
    }
  }
}
