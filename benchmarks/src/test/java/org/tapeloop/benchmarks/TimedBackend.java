package org.tapeloop.benchmarks;

import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
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

/** Another backend, of one thread, with the time of each kind of call added up by runs. */
final class TimedBackend implements Backend {
  private final Backend timed;
  private final Map<String, Call> calls = new LinkedHashMap<>();
  private final Call rest = new Call("between calls: allocation, tape, plan");
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
    return all.values();
  }

  /** Ends a run that took so long in all. */
  void endRun(long nanos) {
    rest.running = nanos;
    for (Call call : calls.values()) {
      rest.running -= call.running;
      call.endRun();
    }
    rest.endRun();
  }

  /** Calls of one kind and size: how long those of one run took, in the fastest run. */
  static final class Call {
    private final String name;
    private double flops;
    private long running;
    private int counted;
    private long best = Long.MAX_VALUE;
    private int count;
    private double flopsOfRun;

    Call(String name) {
      this.name = name;
    }

    void add(long start, double operations) {
      running += System.nanoTime() - start;
      flops += operations;
      counted++;
    }

    void endRun() {
      best = Math.min(best, running);
      count = counted;
      flopsOfRun = flops;
      running = 0;
      counted = 0;
      flops = 0;
    }

    String name() {
      return name;
    }

    int count() {
      return count;
    }

    long nanos() {
      return best;
    }

    double flops() {
      return flopsOfRun;
    }

    /** Time beyond that of the operations at the peak, in GFLOP/s. */
    double gap(double peak) {
      return best - flopsOfRun / peak;
    }
  }

  private Call call(String name) {
    return calls.computeIfAbsent(name, Call::new);
  }

  private void time(String name, double operations, Runnable body) {
    Call call = call(name);
    long start = System.nanoTime();
    body.run();
    call.add(start, operations);
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
    timed.runAll(tasks, task);
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
        call.add(start, 0);
      };
    };
  }

  /** Packed products, by size. */
  private final class TimedPacking implements MatrixPacking {
    private final MatrixPacking by;

    /** The kind of call of each packed matrix, found anew only where the number of rows changes. */
    private final IdentityHashMap<PackedMatrix, Call> products = new IdentityHashMap<>();

    TimedPacking(MatrixPacking by) {
      this.by = by;
    }

    @Override
    public PackedMatrix pack(ArrayView b, @Nullable PackedMatrix reuse) {
      Call call = call("pack " + extents(b));
      long start = System.nanoTime();
      PackedMatrix packed = by.pack(b, reuse);
      call.add(start, 0);
      return packed;
    }

    @Override
    public void multiply(double alpha, ArrayView a, PackedMatrix b, double beta, ArrayView out) {
      Call call = product(a.layout().extent(0), b);
      long start = System.nanoTime();
      by.multiply(alpha, a, b, beta, out);
      call.add(start, 2.0 * out.layout().size() * b.rows());
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
        int outStride) {
      Call call = products.computeIfAbsent(b, key -> product(rows, key));
      long start = System.nanoTime();
      by.multiplyRows(a, aStart, aStride, rows, b, beta, out, outStart, outStride);
      call.add(start, 2.0 * rows * b.columns() * b.rows());
    }

    private Call product(int rows, PackedMatrix b) {
      return call("packed %dx%d, inner %d".formatted(rows, b.columns(), b.rows()));
    }
  }
}
