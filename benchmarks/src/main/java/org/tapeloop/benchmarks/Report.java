package org.tapeloop.benchmarks;

import java.io.PrintStream;
import java.util.Collection;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/**
 * The table after a run: for benchmarks whose work is known, the best iteration, or the best call
 * where calls are long enough to be timed one by one, beside the best the machine gave in the same
 * JVM.
 */
final class Report {
  private Report() {}

  static void print(Collection<RunResult> results, PrintStream out) {
    boolean headed = false;
    for (RunResult run : results) {
      Work work = Work.of(run.getParams());
      @Nullable Result<?> limit = run.getSecondaryResults().get(Work.LIMIT);
      if (work == null || limit == null) {
        continue;
      }
      if (!headed) {
        out.printf(
            "%n%-62s %10s %10s  %-7s %7s%n",
            "best call or iteration", "reached", "machine", "", "");
        headed = true;
      }
      double rate = work.amount() / bestSeconds(run);
      out.printf(
          "%-62s %10.1f %10.1f  %-7s %6.0f%%%n",
          title(run.getParams()),
          rate,
          limit.getScore(),
          work.unit(),
          100 * rate / limit.getScore());
    }
  }

  /** Of the fastest call or iteration. */
  static double bestSeconds(RunResult run) {
    double best = run.getPrimaryResult().getStatistics().getMin();
    return best * run.getParams().getTimeUnit().toNanos(1) / 1e9;
  }

  private static String title(BenchmarkParams params) {
    String name = params.getBenchmark();
    String method = name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1);
    return method
        + params.getParamsKeys().stream()
            .sorted()
            .map(key -> " " + key + "=" + params.getParam(key))
            .collect(Collectors.joining());
  }
}
