package org.tapeloop.benchmarks;

import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.ScalarResult;

/**
 * Measures after each iteration, in the same JVM, what the machine gives at best: of a machine that
 * others use too, only this can be compared with the iteration.
 */
public final class MachineProfiler implements InternalProfiler {

  @Override
  public String getDescription() {
    return "the machine's own speed: fused multiply-adds and memory";
  }

  @Override
  public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {}

  @Override
  public Collection<ScalarResult> afterIteration(
      BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
    Work work = Work.of(benchmark);
    if (work == null) {
      return List.of();
    }
    return List.of(
        new ScalarResult(Work.LIMIT, work.measureLimit(), work.unit(), AggregationPolicy.MAX));
  }
}
