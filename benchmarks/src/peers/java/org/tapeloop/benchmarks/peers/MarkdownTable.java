package org.tapeloop.benchmarks.peers;

import java.util.List;
import java.util.Locale;
import org.tapeloop.benchmarks.LayerSize;

/** Comparisons as a table in Markdown. */
final class MarkdownTable {
  private static final String HEAD =
      """
      | cell | size | T, B, I, H | threads | Tapeloop ms | libtorch ms | ratio | rounds | Tapeloop | libtorch |
      | --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
      """;

  private MarkdownTable() {}

  static String of(List<Comparison> comparisons) {
    StringBuilder table = new StringBuilder(HEAD);
    for (Comparison comparison : comparisons) {
      table.append(row(comparison));
    }
    return table.append(foot(peaks(comparisons))).toString();
  }

  private static String foot(String peaks) {
    return """

    One layer forward and backward in 32-bit floats, with gradients of the input and of all parameters; medians. \
    The ratio is libtorch's time divided by Tapeloop's in the same round, above 1 where Tapeloop is faster; `rounds` is its range. \
    The last columns are shares of the fused multiply-add peak measured in the same processes, %s GFLOP/s here.
    """
        .formatted(peaks);
  }

  private static String row(Comparison row) {
    LayerSize size = LayerSize.parse(row.size());
    return String.format(
        Locale.ROOT,
        "| %s | %s | %d, %d, %d, %d | %d | %s | %s | **%.2f** | %.2f-%.2f | %.0f %% | %.0f %% |%n",
        Task.name(row.cell()),
        row.size(),
        size.time(),
        size.batch(),
        size.inputs(),
        size.hidden(),
        row.threads(),
        threeDigits(row.milliseconds(Library.TAPELOOP)),
        threeDigits(row.milliseconds(Library.LIBTORCH)),
        row.ratio(Library.LIBTORCH),
        row.leastRatio(Library.LIBTORCH),
        row.greatestRatio(Library.LIBTORCH),
        100 * row.fractionOfPeak(Library.TAPELOOP),
        100 * row.fractionOfPeak(Library.LIBTORCH));
  }

  static String peaks(List<Comparison> comparisons) {
    var peaks = comparisons.stream().mapToDouble(Comparison::peak).summaryStatistics();
    String least = String.format(Locale.ROOT, "%.0f", peaks.getMin());
    String greatest = String.format(Locale.ROOT, "%.0f", peaks.getMax());
    return least.equals(greatest) ? least : least + " to " + greatest;
  }

  /** Of a number below 1000. */
  static String threeDigits(double value) {
    int digits = value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0;
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }
}
