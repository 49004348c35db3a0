package org.tapeloop.benchmarks;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.tapeloop.autograd.Backends;

/**
 * What a compiled scan costs beside its kernels: the first call of a fresh JVM, making a plan,
 * calls with other extents, and what a call allocates beyond the elements of its results.
 *
 * <pre>{@code
 * java -cp benchmarks/target/benchmarks.jar org.tapeloop.benchmarks.ScanCosts
 * }</pre>
 *
 * <p>It starts a JVM for each measurement, with the flags that backends need, and prints rows of a
 * table. All are taken on the vector backend with one thread.
 */
public final class ScanCosts {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int FRESH_JVMS = 3;

  /** Of as many rounds the best counts. */
  private static final int ROUNDS = 3;

  /**
   * Kernels allocate until they are compiled, and the rest does more before C2 has seen it: of more
   * rounds the least counts.
   */
  private static final int COUNTED_ROUNDS = 20;

  private static final List<BenchmarkCell> PLANNED_CELLS =
      List.of(BenchmarkCell.LSTM, BenchmarkCell.LNLSTM);

  /** A size whose kernels take next to no time. */
  private static final LayerSize TINY = new LayerSize(2, 2, 4, 4);

  private static final LayerSize ZSMALL = LayerSize.parse("zsmall");

  private ScanCosts() {}

  /**
   * Without arguments everything; else the measurement that the first one names, in this JVM, of
   * all cells or the one that the second names. Bytes of all are counted in a JVM for each: what
   * other cells have taught the JIT compiler costs a call some hundreds.
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length == 0) {
      System.out.println("| cell | what | |\n| --- | --- | --- |");
      for (int i = 0; i < FRESH_JVMS; i++) {
        start("first");
      }
      start("plans");
      start("bytes");
    } else if (args.length == 1 && args[0].equals("bytes")) {
      for (BenchmarkCell cell : BenchmarkCell.values()) {
        start("bytes", cell.name());
      }
    } else {
      BenchmarkCell[] cells =
          args.length == 1
              ? BenchmarkCell.values()
              : new BenchmarkCell[] {BenchmarkCell.named(args[1])};
      Duration round = Duration.ofSeconds(1);
      Backends.use(Backends.named("vector", 1), () -> measure(args[0], round, cells));
    }
  }

  private static void start(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(Benchmarks.FLAGS);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(ScanCosts.class.getName());
    command.addAll(List.of(arguments));
    int status = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (status != 0) {
      throw new IllegalStateException(
          "ScanCosts " + String.join(" ", arguments) + " ended with status " + status);
    }
  }

  /**
   * One measurement on the current backend.
   *
   * @param what first, plans or bytes
   * @param round how long each round of a measurement is
   * @param cells whose bytes are counted
   * @return the rows that it printed
   */
  static int measure(String what, Duration round, BenchmarkCell... cells) {
    return switch (what) {
      case "first" -> first();
      case "plans" -> plans(round);
      case "bytes" -> bytes(round, cells);
      default ->
          throw new IllegalArgumentException(
              "ScanCosts: expected first, plans or bytes, not '" + what + "'");
    };
  }

  private static int row(BenchmarkCell cell, String what, double figure, String unit) {
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | %.1f %s |%n",
        cell.name().toLowerCase(Locale.ROOT),
        what,
        figure,
        unit);
    return 1;
  }

  private static int first() {
    CompiledLayer<?> layer = CompiledLayer.of(BenchmarkCell.LSTM.create(ZSMALL), ZSMALL);
    long start = System.nanoTime();
    layer.train();
    double milliseconds = (System.nanoTime() - start) / 1e6;
    return row(BenchmarkCell.LSTM, "first training step of a JVM, zsmall", milliseconds, "ms");
  }

  // ---- plans ----

  private static int plans(Duration round) {
    int rows = 0;
    for (BenchmarkCell cell : PLANNED_CELLS) {
      for (int time : new int[] {1, 35, 1000}) {
        LayerSize size = new LayerSize(time, TINY.batch(), TINY.inputs(), TINY.hidden());
        CompiledLayer<?> any = CompiledLayer.of(cell.create(size), size);
        double made = microseconds(round, i -> any.unplanned().explain());
        rows += row(cell, "trace, plan, and its text, T = " + time, made, "us");
      }
      CompiledLayer<?> layer = CompiledLayer.of(cell.create(TINY), TINY);
      String call = "a forward call, T = B = 2, I = H = 4";
      rows += row(cell, call, alternating(layer, round, 1, 1), "us");
      rows += row(cell, call + ", T another each time", alternating(layer, round, 40, 1), "us");
      rows += row(cell, call + ", B another each time", alternating(layer, round, 1, 40), "us");
    }
    return rows;
  }

  /** Calls with one batch or step more than the last, up to so many, and again from the start. */
  private static double alternating(
      CompiledLayer<?> layer, Duration round, int times, int batches) {
    int count = Math.max(times, batches);
    List<CompiledLayer<?>> others = new ArrayList<>();
    IntStream.range(0, count)
        .mapToObj(i -> new LayerSize(2 + i % times, 2 + i % batches, TINY.inputs(), TINY.hidden()))
        .forEach(size -> others.add(layer.at(size)));
    return microseconds(round, i -> others.get(i % count).forward());
  }

  /** The best round's mean. */
  private static double microseconds(Duration round, IntConsumer call) {
    double best = Double.POSITIVE_INFINITY;
    for (int i = 0; i < ROUNDS; i++) {
      long start = System.nanoTime();
      long end = start + round.toNanos();
      int calls = 0;
      for (; System.nanoTime() < end; calls++) {
        call.accept(calls);
      }
      best = Math.min(best, (System.nanoTime() - start) / 1e3 / calls);
    }
    return best;
  }

  // ---- bytes ----

  private static int bytes(Duration round, BenchmarkCell[] cells) {
    int rows = 0;
    for (BenchmarkCell cell : cells) {
      for (LayerSize size : List.of(TINY, ZSMALL)) {
        String name = size.equals(TINY) ? ", T = B = 2, I = H = 4" : ", zsmall";
        CompiledLayer<?> layer = CompiledLayer.of(cell.create(size), size);
        String what = "bytes beyond results, forward";
        rows += row(cell, what + name, beyond(round, layer, layer::forward), "");
        what = "bytes beyond results, forward and backward";
        rows += row(cell, what + name, beyond(round, layer, layer::train), "");
      }
    }
    return rows;
  }

  /**
   * What a call allocates beyond the elements of its results, see {@link
   * CompiledLayer#resultBytes}: the least round's mean.
   */
  private static double beyond(Duration round, CompiledLayer<?> layer, Runnable call) {
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < COUNTED_ROUNDS; i++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      long end = System.nanoTime() + round.toNanos();
      int calls = 0;
      for (; System.nanoTime() < end; calls++) {
        call.run();
      }
      long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
      least = Math.min(least, (double) allocated / calls - layer.resultBytes());
    }
    return least;
  }
}
