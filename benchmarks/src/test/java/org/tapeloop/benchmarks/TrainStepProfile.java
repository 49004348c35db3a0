package org.tapeloop.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.scan.ScanMode;
import org.tapeloop.autograd.spi.Backend;

/**
 * Where a compiled training step spends its time: each of its kernel calls as the plan makes them,
 * and what is left between them, beside the multiply-add peak measured in turn with the steps.
 *
 * <p>Of a busy machine's steps the fastest counts, and of each call its fastest step. Arguments:
 * {@code cell:size} pairs, then milliseconds for each; {@code -Dtapeloop.threads} for more threads,
 * beside which the same calls are timed on one.
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
    double[] peaks = new double[2];
    // In turns, so that a slow minute of the machine meets all of them.
    for (int round = 0; round < 6; round++) {
      for (Subject subject : subjects) {
        subject.run(nanos / 6);
        peaks[0] = Math.max(peaks[0], FmaPeak.measure(1));
        peaks[1] = Math.max(peaks[1], FmaPeak.measure(threads));
      }
    }
    System.out.printf("peak %.0f GFLOP/s, %d threads %.0f%n", peaks[0], threads, peaks[1]);
    for (Subject subject : subjects) {
      subject.print(peaks);
    }
  }

  /** One cell at one size. */
  private static final class Subject {
    private final String name;
    private final double flops;
    private final Timed single;

    /** On the threads asked for, if that is not one. */
    private final @Nullable Timed shared;

    Subject(String name, int threads) {
      this.name = name;
      String[] parts = name.split(":", -1);
      BenchmarkCell cell = BenchmarkCell.named(parts[0]);
      LayerSize size = LayerSize.parse(parts[1]);
      flops = cell.flops(size);
      single = new Timed(cell, size, 1);
      shared = threads == 1 ? null : new Timed(cell, size, threads);
    }

    void run(long nanos) {
      long end = System.nanoTime() + nanos;
      do {
        single.run();
        if (shared != null) {
          shared.run();
        }
      } while (System.nanoTime() < end);
    }

    void print(double[] peaks) {
      System.out.printf(
          "%n%s: %.3f ms, %.1f %% of the peak, %.3f at the peak%n",
          name, single.best / 1e6, 100 * flops / single.best / peaks[0], flops / peaks[0] / 1e6);
      if (shared != null) {
        System.out.printf(
            "with threads: %.3f ms, %.2f times as fast, %.1f %% of their peak%n",
            shared.best / 1e6,
            (double) single.best / shared.best,
            100 * flops / shared.best / peaks[1]);
      }
      System.out.printf("%-46s %6s %9s %6s %9s", "call", "calls", "ms", "share", "gap ms");
      System.out.println(shared == null ? "" : "   threads  times");
      single.kernels.calls().stream()
          .sorted(Comparator.comparingDouble(call -> -call.gap(peaks[0])))
          .forEach(call -> print(call, peaks[0]));
      if (shared != null) {
        shared.kernels.calls().stream()
            .filter(call -> single.call(call.name()) == null)
            .forEach(call -> System.out.printf("%-80s %9.3f%n", call.name(), call.nanos() / 1e6));
      }
    }

    private void print(TimedBackend.Call call, double peak) {
      System.out.printf(
          "%-46s %6d %9.3f %6s %9.3f",
          call.name(),
          call.count(),
          call.nanos() / 1e6,
          call.flops() == 0 ? "" : "%.1f".formatted(100 * call.flops() / call.nanos() / peak),
          call.gap(peak) / 1e6);
      TimedBackend.Call beside = shared == null ? null : shared.call(call.name());
      if (beside != null) {
        System.out.printf(
            " %9.3f %6.2f", beside.nanos() / 1e6, (double) call.nanos() / beside.nanos());
      }
      System.out.println();
    }
  }

  /** A training step with some number of threads, its calls told apart and not. */
  private static final class Timed {
    private final Backend plain;
    private final TrainStep<?> plainStep;

    /** A step of its own: a scan keeps the memory of its runs by backend. */
    private final TrainStep<?> step;

    private final TimedBackend kernels;
    private long best = Long.MAX_VALUE;

    Timed(BenchmarkCell cell, LayerSize size, int threads) {
      plain = Backends.named("vector", threads);
      plainStep = TrainStep.of(cell, size, ScanMode.COMPILED);
      step = TrainStep.of(cell, size, ScanMode.COMPILED);
      kernels = new TimedBackend(plain);
    }

    void run() {
      best = Math.min(best, time(plain, plainStep));
      kernels.endRun(time(kernels, step));
    }

    private static long time(Backend backend, TrainStep<?> step) {
      long start = System.nanoTime();
      Map<Tensor, Tensor> gradients = Backends.use(backend, step::gradients);
      long took = System.nanoTime() - start;
      if (gradients.isEmpty()) {
        throw new IllegalStateException("no gradients");
      }
      return took;
    }

    TimedBackend.@Nullable Call call(String name) {
      return kernels.calls().stream().filter(c -> c.name().equals(name)).findFirst().orElse(null);
    }
  }
}
