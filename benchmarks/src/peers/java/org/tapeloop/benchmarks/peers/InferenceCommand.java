package org.tapeloop.benchmarks.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.tapeloop.benchmarks.BenchmarkCell;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Compares layers without gradients at several widths, and makes a table with a column for each.
 */
abstract class InferenceCommand implements Callable<Integer> {
  private final WidthTable table;

  /** T and B. */
  private final String steps;

  @Option(
      names = "--cells",
      split = ",",
      paramLabel = "CELL",
      description = "Of: elman, gru, lstm.",
      defaultValue = "lstm,gru")
  private List<String> cells;

  @Option(
      names = "--widths",
      split = ",",
      paramLabel = "WIDTH",
      description = "Inputs, and as many hidden units.",
      defaultValue = "64,128,256,512")
  private List<Integer> widths;

  @Mixin private MeasuringOptions options;

  /**
   * @param time T, the steps that are run or compared
   * @param batch B
   */
  InferenceCommand(WidthTable table, int time, int batch) {
    this.table = table;
    steps = time + "," + batch;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    options.check();
    List<Task> tasks = tasks();
    Path folder = Files.createDirectories(options.output());
    Rounds rounds = options.measuring();
    List<Comparison> comparisons = new ArrayList<>();
    for (Task task : tasks) {
      comparisons.add(rounds.compare(task));
    }
    String text = table.of(comparisons);
    options.print(text);
    Path file = folder.resolve(table.workload().name().toLowerCase(Locale.ROOT) + ".md");
    Files.writeString(file, text);
    options.say("table: " + file);
    return ExitCode.OK;
  }

  private List<Task> tasks() {
    List<Task> tasks = new ArrayList<>();
    for (String name : cells) {
      for (int width : widths) {
        options.require(width >= 1, "--widths: " + width + " is below 1");
        tasks.add(options.task(table.workload(), cell(name), steps + "," + width + "," + width));
      }
    }
    return tasks;
  }

  private BenchmarkCell cell(String name) {
    BenchmarkCell cell = options.cell(name);
    try {
      OnnxOperator.of(cell);
    } catch (IllegalArgumentException e) {
      throw options.wrong("--cells: " + e.getMessage(), e);
    }
    return cell;
  }
}
