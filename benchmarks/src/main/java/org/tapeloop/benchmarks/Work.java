package org.tapeloop.benchmarks;

import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * What one call of a benchmark does, and what the machine could do at best.
 *
 * @param amount giga-operations or gigabytes
 * @param unit of the amount a second
 * @param limit the machine's best, in that unit
 */
record Work(double amount, String unit, Limit limit) {

  /** Measures the machine. */
  @FunctionalInterface
  interface Limit {
    double measure();
  }

  /** Under which JMH reports the machine's best. */
  static final String LIMIT = "machine";

  double measureLimit() {
    return limit.measure();
  }

  /** The work of a benchmark, or null where there is nothing to compare it with. */
  static @Nullable Work of(BenchmarkParams benchmark) {
    String name = benchmark.getBenchmark();
    int dot = name.lastIndexOf('.');
    String method = name.substring(dot + 1);
    if (name.startsWith(GemmBenchmark.class.getName() + ".")) {
      int threads = Integer.parseInt(benchmark.getParam("threads"));
      double amount = GemmBenchmark.Product.parse(benchmark.getParam("shape")).gigaflops();
      return new Work(amount, "GFLOP/s", () -> FmaPeak.measure(threads));
    }
    boolean forward = name.startsWith(ForwardBenchmark.class.getName() + ".");
    if (forward || name.startsWith(TrainStepBenchmark.class.getName() + ".")) {
      int threads = Integer.parseInt(benchmark.getParam("threads"));
      LayerSize size = LayerSize.parse(benchmark.getParam("size"));
      double amount = BenchmarkCell.named(benchmark.getParam("cell")).flops(size) / 1e9;
      return new Work(forward ? amount / 3 : amount, "GFLOP/s", () -> FmaPeak.measure(threads));
    }
    if (name.startsWith(CellBenchmark.class.getName() + ".")) {
      int threads = Integer.parseInt(benchmark.getParam("threads"));
      LibraryCell cell = LibraryCell.valueOf(benchmark.getParam("cell"));
      double amount = CellPlan.of(cell, LayerSize.parse(benchmark.getParam("size"))).gigaflops();
      return new Work(amount, "GFLOP/s", () -> FmaPeak.measure(threads));
    }
    if (name.startsWith(ElementwiseBenchmark.class.getName() + ".")) {
      int elements = Integer.parseInt(benchmark.getParam("elements"));
      boolean binary = method.equals("add") || method.equals("sigmoidGradient");
      return binary
          ? new Work(gigabytes(3, elements), "GB/s", () -> new Bandwidth(elements).add())
          : new Work(gigabytes(2, elements), "GB/s", () -> new Bandwidth(elements).copy());
    }
    if (name.startsWith(ReductionBenchmark.class.getName() + ".")) {
      int elements = Integer.parseInt(benchmark.getParam("elements"));
      return new Work(gigabytes(1, elements), "GB/s", () -> new Bandwidth(elements).read());
    }
    return null;
  }

  private static double gigabytes(int arrays, int elements) {
    return (double) arrays * Float.BYTES * elements / 1e9;
  }
}
