package org.tapeloop.benchmarks.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tapeloop.benchmarks.BenchmarkCell;

/** The comparison of training steps runs; how fast a library is says nothing here. */
class PeersTest {
  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return Peers.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  @Test
  void everyCellAgreesWithLibtorchAndGetsARow() throws IOException {
    int code =
        run(
            "--cells=elman,gru,lstm,lnlstm,mgu,user",
            "--sizes=7,3,21,35",
            "--rounds=1",
            "--warmup=0",
            "--measurement=0",
            "--output=" + folder);
    assertEquals(0, code, err::toString);
    String table = out.toString();
    for (BenchmarkCell cell : BenchmarkCell.values()) {
      assertTrue(
          table.contains("| " + Task.name(cell) + " | 7,3,21,35 | 7, 3, 21, 35 | 1 |"), table);
    }
    assertEquals(table, Files.readString(folder.resolve("peers.md")));
    assertTrue(ImageIO.read(folder.resolve("peers.png").toFile()).getWidth() > 600);
  }

  @Test
  void rowsMeasuredBeforeAreKeptAndThoseMeasuredAgainReplaced() throws IOException {
    Results first = Results.in(folder);
    first.add(comparison(BenchmarkCell.LSTM, 1, 3));
    first.add(comparison(BenchmarkCell.GRU, 1, 2));
    Results second = Results.in(folder);
    second.add(comparison(BenchmarkCell.LSTM, 2, 3));
    List<Comparison> rows = Results.in(folder).comparisons();
    assertEquals(
        List.of(BenchmarkCell.GRU, BenchmarkCell.LSTM),
        rows.stream().map(Comparison::cell).toList());
    assertEquals(2, rows.get(0).ratio(Library.LIBTORCH));
    assertEquals(1.5, rows.get(1).ratio(Library.LIBTORCH));
  }

  private static Comparison comparison(BenchmarkCell cell, double ours, double theirs) {
    return new Comparison(
        cell, "zsmall", 1, List.of(round(ours, theirs, 100), round(ours, theirs, 100)));
  }

  private static Comparison.Round round(double ours, double theirs, double peak) {
    return new Comparison.Round(
        Map.of(
            Library.TAPELOOP, new Measurement(ours, peak),
            Library.LIBTORCH, new Measurement(theirs, peak)));
  }

  @Test
  void aComparisonIsTheMedianOfItsRounds() {
    Comparison rows =
        new Comparison(
            BenchmarkCell.ELMAN,
            "1,1,1,1",
            1,
            List.of(round(1, 2, 1), round(3, 3, 1), round(2, 8, 1)));
    assertEquals(2, rows.milliseconds(Library.TAPELOOP));
    assertEquals(3, rows.milliseconds(Library.LIBTORCH));
    assertEquals(2, rows.ratio(Library.LIBTORCH));
    assertEquals(1, rows.leastRatio(Library.LIBTORCH));
    assertEquals(4, rows.greatestRatio(Library.LIBTORCH));
    // 12 operations in 2 ms of a machine that does 1 GFLOP/s.
    assertEquals(12 / 2e6, rows.fractionOfPeak(Library.TAPELOOP), 1e-12);
  }

  @Test
  void differentNumbersAreNotTimed() {
    Map<String, float[]> expected = Map.of("outputs", new float[] {1, -2});
    assertEquals(0, Agreement.check("ours", expected, expected, 0));
    Map<String, float[]> near = Map.of("outputs", new float[] {1.0004f, -2});
    assertEquals(
        2e-4,
        Agreement.check("ours", expected, near, Agreement.tolerance(BenchmarkCell.LNLSTM)),
        1e-6);
    assertRefused(expected, near);
    assertRefused(expected, Map.of("outputs", new float[] {1, Float.NaN}));
    assertRefused(expected, Map.of("outputs", new float[] {1}));
    assertRefused(expected, Map.of());
    Map<String, float[]> zeros = Map.of("outputs", new float[2]);
    assertRefused(zeros, zeros);
  }

  private static void assertRefused(Map<String, float[]> expected, Map<String, float[]> actual) {
    assertThrows(
        IllegalStateException.class,
        () -> Agreement.check("ours", expected, actual, Agreement.tolerance(BenchmarkCell.LSTM)));
  }

  @Test
  void aForkThatFailsIsNotTakenForACrash() {
    int code = run("--cells=lstm", "--sizes=0,1,1,1", "--rounds=1", "--output=" + folder);
    assertEquals(1, code);
    assertTrue(
        err.toString().contains("check lstm 0,1,1,1 failed with exit code 1"), err::toString);
  }

  @Test
  void wrongArgumentsAreNamed() {
    assertEquals(2, run("--cells=lstn", "--output=" + folder));
    assertTrue(err.toString().contains("--cells: there is no 'lstn'"), err::toString);
    assertEquals(2, run("--sizes=huge", "--output=" + folder));
    assertTrue(err.toString().contains("--sizes: there is no 'huge'"), err::toString);
    assertEquals(2, run("--rounds=0", "--output=" + folder));
    assertTrue(err.toString().contains("--rounds: 0 is below 1"), err::toString);
    assertEquals(2, run("--threads=2", "--output=" + folder, "forward", "--cells=lstm"));
    assertTrue(
        err.toString().contains("--threads stands before 'forward', and belongs behind it"),
        err::toString);
  }
}
