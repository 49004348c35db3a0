package org.tapeloop.benchmarks;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.Layout;
import org.tapeloop.autograd.spi.MatrixPacking;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.RowProgram;
import org.tapeloop.autograd.spi.RowPrograms;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * Another backend with the time of each kind of call added up by runs. A call within a task of
 * {@link #runAll} counts as that part of its time that one thread is of all, so that the calls of a
 * run add up to what it took.
 */
final class TimedBackend implements Backend {
  private final Backend timed;
  private final Map<String, Call> calls = new LinkedHashMap<>();
  private final Call rest = new Call("between calls: allocation, tape, plan");
  private final Call waiting = new Call("threads without a task");
  private final ThreadLocal<@Nullable Boolean> insideTask = new ThreadLocal<>();
  private @Nullable MatrixPacking packing;
  private int programs;

  TimedBackend(Backend timed) {
    this.timed = timed;
  }

  Backend timed() {
    return timed;
  }

  Collection<Call> calls() {
    Map<String, Call> all = new LinkedHashMap<>(calls);
    all.put(rest.name, rest);
    if (threads() > 1) {
      all.put(waiting.name, waiting);
    }
    return all.values();
  }

  /** Ends a run that took so long in all. */
  void endRun(long nanos) {
    long between = nanos - waiting.running.sum();
    for (Call call : calls.values()) {
      between -= call.running.sum();
      call.endRun();
    }
    waiting.endRun();
    rest.running.add(between);
    rest.endRun();
  }

  /** Calls of one kind and size: how long those of one run took, in the fastest run. */
  static final class Call {
    private final String name;
    private final LongAdder running = new LongAdder();
    private final LongAdder counted = new LongAdder();
    private final DoubleAdder operations = new DoubleAdder();
    private long best = Long.MAX_VALUE;
    private long count;
    private double flops;

    Call(String name) {
      this.name = name;
    }

    private void add(long nanos, double flopsOfCall) {
      running.add(nanos);
      counted.increment();
      operations.add(flopsOfCall);
    }

    private void endRun() {
      best = Math.min(best, running.sumThenReset());
      count = counted.sumThenReset();
      flops = operations.sumThenReset();
    }

    String name() {
      return name;
    }

    long count() {
      return count;
    }

    long nanos() {
      return best;
    }

    double flops() {
      return flops;
    }

    /** Time beyond that of the operations at the peak, in GFLOP/s. */
    double gap(double peak) {
      return best - flops / peak;
    }
  }

  private synchronized Call call(String name) {
    return calls.computeIfAbsent(name, Call::new);
  }

  /** Adds a call that began so long ago. */
  private void end(Call call, long start, double operations) {
    long nanos = System.nanoTime() - start;
    call.add(insideTask.get() == null ? nanos : nanos / threads(), operations);
  }

  private void time(String name, double operations, Runnable body) {
    Call call = call(name);
    long start = System.nanoTime();
    body.run();
    end(call, start, operations);
  }

  private static String extents(ArrayView view) {
    StringBuilder text = new StringBuilder();
    for (int extent : view.layout().extents()) {
      text.append(text.isEmpty() ? "" : "x").append(extent);
    }
    return text.toString();
  }

  @Override
  public String name() {
    return timed.name();
  }

  @Override
  public String description() {
    return timed.description();
  }

  @Override
  public int threads() {
    return timed.threads();
  }

  @Override
  public void fill(ArrayView out, double value) {
    time("fill " + extents(out), 0, () -> timed.fill(out, value));
  }

  @Override
  public void copy(ArrayView in, ArrayView out) {
    time("copy " + extents(out), 0, () -> timed.copy(in, out));
  }

  @Override
  public void unary(UnaryKernel kernel, ArrayView x, ArrayView out) {
    time(kernel + " " + extents(out), 0, () -> timed.unary(kernel, x, out));
  }

  @Override
  public void binary(BinaryKernel kernel, ArrayView a, ArrayView b, ArrayView out) {
    time(kernel + " " + extents(out), 0, () -> timed.binary(kernel, a, b, out));
  }

  @Override
  public void select(ArrayView condition, ArrayView a, ArrayView b, ArrayView out) {
    time("select " + extents(out), 0, () -> timed.select(condition, a, b, out));
  }

  @Override
  public void reduce(ReduceKernel kernel, ArrayView x, ArrayView out) {
    time(kernel + " " + extents(x) + " to " + extents(out), 0, () -> timed.reduce(kernel, x, out));
  }

  @Override
  public void gemm(double alpha, ArrayView a, ArrayView b, double beta, ArrayView out) {
    Layout left = a.layout();
    int inner = left.extent(left.rank() - 1);
    String name =
        "product %s, inner %d%s%s%s"
            .formatted(
                extents(out),
                inner,
                left.stride(left.rank() - 1) == 1 ? "" : ", a^T",
                b.layout().stride(b.layout().rank() - 1) == 1 ? "" : ", b^T",
                beta == 0 ? "" : ", added");
    time(name, 2.0 * out.layout().size() * inner, () -> timed.gemm(alpha, a, b, beta, out));
  }

  @Override
  public void gatherRows(ArrayView table, int[] rows, ArrayView out) {
    time("gather " + extents(out), 0, () -> timed.gatherRows(table, rows, out));
  }

  @Override
  public void scatterAddRows(ArrayView source, int[] rows, ArrayView out) {
    time("scatter " + extents(source), 0, () -> timed.scatterAddRows(source, rows, out));
  }

  @Override
  public void runAll(int tasks, IntConsumer task) {
    if (insideTask.get() != null) {
      timed.runAll(tasks, task);
      return;
    }
    LongAdder atWork = new LongAdder();
    long start = System.nanoTime();
    timed.runAll(
        tasks,
        i -> {
          insideTask.set(true);
          long begin = System.nanoTime();
          task.accept(i);
          atWork.add(System.nanoTime() - begin);
          insideTask.remove();
        });
    long nanos = System.nanoTime() - start;
    waiting.add(nanos - atWork.sum() / threads(), 0);
  }

  @Override
  public Optional<MatrixPacking> matrixPacking() {
    if (packing == null) {
      packing = timed.matrixPacking().map(TimedPacking::new).orElse(null);
    }
    return Optional.ofNullable(packing);
  }

  @Override
  public RowPrograms rowPrograms() {
    return (RowProgram program, ArrayView like) -> {
      Call call = call("program %d of %d".formatted(++programs, program.instructions().size()));
      RowPrograms.RowKernel kernel = timed.rowPrograms().prepare(program, like);
      return (arrays, offsets, strides, rows) -> {
        long start = System.nanoTime();
        kernel.run(arrays, offsets, strides, rows);
        end(call, start, 0);
      };
    };
  }

  /** Packed products, by size. */
  private final class TimedPacking implements MatrixPacking {
    private final MatrixPacking by;

    /** The kind of call of each packed matrix, which has no equal. */
    private final Map<PackedMatrix, Call> products = new ConcurrentHashMap<>();

    TimedPacking(MatrixPacking by) {
      this.by = by;
    }

    @Override
    public PackedMatrix pack(ArrayView b, @Nullable PackedMatrix reuse) {
      Call call = call("pack " + extents(b));
      long start = System.nanoTime();
      PackedMatrix packed = by.pack(b, reuse);
      end(call, start, 0);
      return packed;
    }

    @Override
    public void multiply(double alpha, ArrayView a, PackedMatrix b, double beta, ArrayView out) {
      Call call = product(b);
      long start = System.nanoTime();
      by.multiply(alpha, a, b, beta, out);
      end(call, start, 2.0 * out.layout().size() * b.rows());
    }

    @Override
    public void multiplyRows(
        Object a,
        int aStart,
        int aStride,
        int rows,
        PackedMatrix b,
        double beta,
        Object out,
        int outStart,
        int outStride,
        Upcoming next) {
      Call call = products.computeIfAbsent(b, this::product);
      long start = System.nanoTime();
      by.multiplyRows(a, aStart, aStride, rows, b, beta, out, outStart, outStride, next);
      end(call, start, 2.0 * rows * b.columns() * b.rows());
    }

    private Call product(PackedMatrix b) {
      return call("packed %d columns, inner %d".formatted(b.columns(), b.rows()));
    }
  }
}
