package org.tapeloop.benchmarks.peers;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.tapeloop.benchmarks.BenchmarkCell;
import org.tapeloop.benchmarks.LayerSize;

/**
 * Comparisons as a table in Markdown with a column for each width, H of the layer.
 *
 * @param unit of the times
 * @param caption what takes that time
 */
record WidthTable(Workload workload, TimeUnit unit, String caption) {

  /**
   * @param comparisons of the same widths for each cell, at least one
   */
  String of(List<Comparison> comparisons) {
    StringBuilder table = new StringBuilder();
    List<Integer> widths = comparisons.stream().map(WidthTable::width).distinct().toList();
    table.append(line("cell", "I = H", widths.stream().map(String::valueOf).toList()));
    table.append(line("---", "---", widths.stream().map(width -> "---:").toList()));
    for (BenchmarkCell cell : comparisons.stream().map(Comparison::cell).distinct().toList()) {
      List<Comparison> columns = comparisons.stream().filter(c -> c.cell() == cell).toList();
      table.append(row(columns, Library.TAPELOOP.title(), c -> time(c, Library.TAPELOOP)));
      for (Library peer : workload.peers()) {
        table.append(row(columns, peer.title(), c -> time(c, peer)));
        table.append(row(columns, "ratio", c -> ratio(c, peer)));
      }
    }
    return table.append(foot(comparisons)).toString();
  }

  private String foot(List<Comparison> comparisons) {
    return """

    %s, in 32-bit floats, threads: %d; medians in %s. \
    A ratio is the time above it divided by Tapeloop's in the same round, above 1 where Tapeloop is faster, with its range. \
    The machine gave %s GFLOP/s of fused multiply-adds in the same processes.
    """
        .formatted(
            caption,
            comparisons.getFirst().threads(),
            unit.name().toLowerCase(Locale.ROOT),
            MarkdownTable.peaks(comparisons));
  }

  private static String row(
      List<Comparison> columns, String what, Function<Comparison, String> value) {
    return line(Task.name(columns.getFirst().cell()), what, columns.stream().map(value).toList());
  }

  private static String line(String cell, String what, List<String> columns) {
    return "| %s | %s | %s |%n".formatted(cell, what, String.join(" | ", columns));
  }

  private static int width(Comparison comparison) {
    return LayerSize.parse(comparison.size()).hidden();
  }

  private String time(Comparison comparison, Library library) {
    long units = unit.convert(1, TimeUnit.MILLISECONDS);
    return MarkdownTable.threeDigits(units * comparison.milliseconds(library));
  }

  private static String ratio(Comparison comparison, Library peer) {
    return String.format(
        Locale.ROOT,
        "**%.2f** (%.2f-%.2f)",
        comparison.ratio(peer),
        comparison.leastRatio(peer),
        comparison.greatestRatio(peer));
  }
}
