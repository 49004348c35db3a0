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
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tapeloop.benchmarks.BenchmarkCell;

/** The comparisons without gradients run; how fast a library is says nothing here. */
class InferenceTest {
  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return Peers.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  private int runOnce(String command) {
    return run(
        command,
        "--cells=gru,lstm",
        "--widths=35",
        "--rounds=1",
        "--warmup=0",
        "--measurement=0",
        "--output=" + folder);
  }

  @ParameterizedTest
  @EnumSource(names = {"ELMAN", "GRU", "LSTM"})
  void librariesComputeTheSameWhateverTheSize(BenchmarkCell cell) throws Exception {
    ForkedJvm forks = new ForkedJvm(folder, line -> {});
    for (Workload workload : List.of(Workload.FORWARD, Workload.STREAMING)) {
      List<Double> errors = forks.run(Fork.CHECK, new Task(workload, cell, "7,3,21,35", 1, 0, 0));
      assertEquals(workload.libraries().size(), errors.size());
    }
  }

  @Test
  void sequencesAgreeWithOnnxRuntimeAndGetARow() throws IOException {
    assertEquals(0, runOnce("forward"), err::toString);
    String table = out.toString();
    assertTrue(table.startsWith("| cell | I = H | 35 |"), table);
    for (String cell : List.of("gru", "lstm")) {
      assertTrue(table.contains("| " + cell + " | ONNX Runtime | "), table);
    }
    assertEquals(table, Files.readString(folder.resolve("forward.md")));
  }

  @Test
  void stepsAgreeWithLibtorchAndOnnxRuntimeAndGetARow() throws IOException {
    assertEquals(0, runOnce("streaming"), err::toString);
    String table = out.toString();
    for (String cell : List.of("gru", "lstm")) {
      assertTrue(table.contains("| " + cell + " | libtorch | "), table);
      assertTrue(table.contains("| " + cell + " | ONNX Runtime | "), table);
    }
    assertEquals(table, Files.readString(folder.resolve("streaming.md")));
  }

  @Test
  void theTableHasAColumnForEachWidth() {
    WidthTable table = new WidthTable(Workload.FORWARD, TimeUnit.MICROSECONDS, "A layer");
    String text = table.of(List.of(comparison(64, 0.001, 0.003), comparison(128, 0.02, 0.5)));
    assertEquals(
        """
        | cell | I = H | 64 | 128 |
        | --- | --- | ---: | ---: |
        | lstm | Tapeloop | 1.00 | 20.0 |
        | lstm | ONNX Runtime | 3.00 | 500 |
        | lstm | ratio | **3.00** (3.00-3.00) | **25.00** (25.00-25.00) |
        """,
        text.substring(0, text.indexOf("\n\n") + 1));
    assertTrue(text.contains("medians in microseconds"), text);
  }

  private static Comparison comparison(int width, double ours, double theirs) {
    Map<Library, Measurement> measurements =
        Map.of(
            Library.TAPELOOP, new Measurement(ours, 100),
            Library.ONNX_RUNTIME, new Measurement(theirs, 100));
    return new Comparison(
        BenchmarkCell.LSTM,
        "64,64,%d,%d".formatted(width, width),
        1,
        List.of(new Comparison.Round(measurements)));
  }

  @Test
  void whatALibraryCannotDoIsRefused() {
    assertEquals(2, run("forward", "--cells=lstm,mgu", "--output=" + folder));
    assertTrue(err.toString().contains("--cells: ONNX has no operator for 'mgu'"), err::toString);
    assertEquals(2, run("streaming", "--cells=lstn", "--output=" + folder));
    assertTrue(err.toString().contains("--cells: there is no 'lstn'"), err::toString);
    assertEquals(2, run("streaming", "--widths=64,0", "--output=" + folder));
    assertTrue(err.toString().contains("--widths: 0 is below 1"), err::toString);
    Task training = new Task(Workload.TRAINING, BenchmarkCell.LSTM, "1,1,1,1", 1, 0, 0);
    Exception e =
        assertThrows(
            IllegalArgumentException.class,
            () -> Workload.TRAINING.create(Library.ONNX_RUNTIME, training));
    assertEquals("ONNX Runtime has no TRAINING here", e.getMessage());
  }
}
