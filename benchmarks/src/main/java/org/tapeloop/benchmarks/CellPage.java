package org.tapeloop.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;

/**
 * The tables of {@code docs/cells.md}: rows that begin with a cell's name, whose columns {@value
 * #FIRST} to {@value #LAST} are figures of {@link CellBenchmark}.
 */
final class CellPage {
  /** Names the page that is to be brought up to date. */
  static final String PROPERTY = "tapeloop.cells.page";

  private static final int FIRST = 5;
  private static final int LAST = 7;

  private CellPage() {}

  /**
   * Figures of one cell.
   *
   * @param milliseconds the best call
   * @param share what of the multiply-add peak its products reach, 0 to 1
   * @param kept bytes a sequence and step
   */
  record Figures(double milliseconds, double share, long kept) {
    private List<String> columns() {
      return List.of(
          String.format(Locale.ROOT, " %.1f ", milliseconds),
          String.format(Locale.ROOT, " %.0f %% ", 100 * share),
          String.format(Locale.ROOT, " %,d ", kept));
    }
  }

  /** Prints a row for each cell among the results, and puts the figures into the page if named. */
  static void report(Collection<RunResult> results, PrintStream out) throws IOException {
    Map<String, Figures> figures = new LinkedHashMap<>();
    for (RunResult run : results) {
      BenchmarkParams params = run.getParams();
      if (params.getBenchmark().startsWith(CellBenchmark.class.getName() + ".")) {
        LibraryCell cell = LibraryCell.valueOf(params.getParam("cell"));
        figures.put(cell.type().getSimpleName(), figures(run, cell));
      }
    }
    if (figures.isEmpty()) {
      return;
    }
    out.println();
    String page = System.getProperty(PROPERTY);
    if (page == null) {
      figures.forEach(
          (cell, measured) ->
              out.println("| `" + cell + "` |" + String.join("|", measured.columns()) + "|"));
      return;
    }
    Path path = Path.of(page);
    List<String> lines = filled(Files.readAllLines(path), figures);
    lines.stream().filter(line -> figures.containsKey(cell(line))).forEach(out::println);
    Files.write(path, lines);
  }

  private static Figures figures(RunResult run, LibraryCell cell) {
    CellPlan plan = CellPlan.of(cell, LayerSize.parse(run.getParams().getParam("size")));
    double seconds = Report.bestSeconds(run);
    double peak = Objects.requireNonNull(run.getSecondaryResults().get(Work.LIMIT)).getScore();
    return new Figures(
        1e3 * seconds, plan.gigaflops() / seconds / peak, (long) Float.BYTES * plan.kept());
  }

  /** The page with these figures in their rows; all else stays as it is. */
  static List<String> filled(List<String> page, Map<String, Figures> figures) {
    List<String> lines = new ArrayList<>();
    for (String line : page) {
      Figures measured = figures.get(cell(line));
      if (measured == null) {
        lines.add(line);
      } else {
        List<String> columns = new ArrayList<>(List.of(line.split("\\|", -1)));
        columns.subList(FIRST, LAST + 1).clear();
        columns.addAll(FIRST, measured.columns());
        lines.add(String.join("|", columns));
      }
    }
    return lines;
  }

  /** The cell that a line of the page is about, or an empty string. */
  static String cell(String line) {
    return line.startsWith("| `") ? line.substring(3, line.indexOf('`', 3)) : "";
  }
}
