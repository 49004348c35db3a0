package org.tapeloop.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.spi.FloatView;
import org.tapeloop.autograd.spi.Layout;

/** Each benchmark runs and passes its own check; how fast it is says nothing here. */
class BenchmarksTest {

  private static Collection<RunResult> run(String include, String... parameters)
      throws RunnerException {
    var options =
        new OptionsBuilder()
            .include(include)
            .forks(0)
            .warmupIterations(0)
            .measurementIterations(1)
            .measurementTime(TimeValue.milliseconds(1))
            .addProfiler(MachineProfiler.class)
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT);
    for (int i = 0; i < parameters.length; i += 2) {
      options.param(parameters[i], parameters[i + 1].split(";"));
    }
    return new Runner(options.build()).run();
  }

  @Test
  void productsAreComparedWithThePeakOfFusedMultiplyAdds() throws RunnerException {
    Collection<RunResult> results = run("GemmBenchmark", "shape", "7x33x19");
    assertEquals(3, results.size());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Report.print(results, new PrintStream(bytes, true, StandardCharsets.UTF_8));
    String report = bytes.toString(StandardCharsets.UTF_8);
    assertTrue(report.contains("GemmBenchmark.packed backend=vector shape=7x33x19"), report);
    assertTrue(report.contains("GFLOP/s"), report);
    assertEquals(3, report.lines().filter(line -> line.endsWith("%")).count(), report);
  }

  @Test
  void elementwiseKernelsAreComparedWithMemory() throws RunnerException {
    Collection<RunResult> results = run("ElementwiseBenchmark", "elements", "2048");
    assertEquals(10, results.size());
    results.forEach(
        result -> assertNotNull(result.getSecondaryResults().get(Work.LIMIT), result::toString));
  }

  @Test
  void reductionsAreComparedWithMemory() throws RunnerException {
    assertEquals(8, run("ReductionBenchmark", "elements", "4096").size());
  }

  @Test
  void theTapeIsMeasuredWithoutKernels() throws RunnerException {
    assertEquals(4, run("TapeBenchmark").size());
  }

  @Test
  void anEagerLstmRunsForwardAndBackward() throws RunnerException {
    assertEquals(2, run("EagerLstmBenchmark", "size", "3,2,5,4").size());
  }

  @Test
  void everyCellIsTrainedInEveryMode() throws RunnerException {
    assertEquals(12, run("TrainStepBenchmark", "size", "3,2,5,4").size());
  }

  @Test
  void everyCellRunsForwardAndStepByStep() throws RunnerException {
    assertEquals(6, run("ForwardBenchmark", "size", "3x2x5x4").size());
    assertEquals(6, run("StreamingBenchmark", "size", "19").size());
  }

  @Test
  void aWrongResultIsNotTimed() {
    FloatView expected = new FloatView(new float[] {1, 2}, Layout.rowMajor(2));
    FloatView wrong = new FloatView(new float[] {1, 2.5f}, Layout.rowMajor(2));
    FloatView nan = new FloatView(new float[] {1, Float.NaN}, Layout.rowMajor(2));
    Check.close("equal", expected, expected, 0);
    assertThrows(IllegalStateException.class, () -> Check.close("wrong", expected, wrong, 0.1));
    assertThrows(IllegalStateException.class, () -> Check.close("NaN", expected, nan, 0.1));
  }

  @Test
  void theMachineHasAPeakAndABandwidth() {
    double peak = FmaPeak.measure(1);
    double bandwidth = new Bandwidth(4096).add();
    assertFalse(Double.isInfinite(peak));
    assertTrue(peak > 0.1, "peak " + peak);
    assertTrue(bandwidth > 0.01, "bandwidth " + bandwidth);
  }

  @Test
  void scanCostsPrintARowForEachFigure() {
    Duration round = Duration.ofMillis(1);
    Backends.use(
        "vector",
        () -> {
          assertEquals(12, ScanCosts.measure("plans", round));
          assertEquals(4, ScanCosts.measure("bytes", round, BenchmarkCell.LSTM));
          assertThrows(IllegalArgumentException.class, () -> ScanCosts.measure("seconds", round));
          return null;
        });
  }
}
