package org.tapeloop.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tapeloop.autograd.scan.ScanMode;

/** The figures of docs/cells.md are those of the benchmark, for every cell. */
class CellPageTest {

  private static List<String> page() throws IOException {
    Path page = Path.of("../docs/cells.md");
    assertTrue(Files.exists(page), page.toAbsolutePath() + " is not there");
    return Files.readAllLines(page);
  }

  /** Rows of the tables of cells, wrappers aside. */
  private static List<String> rows() throws IOException {
    List<String> page = page();
    int wrappers = page.indexOf("## Around any cell");
    return page.subList(0, wrappers).stream()
        .filter(line -> !CellPage.cell(line).isEmpty())
        .toList();
  }

  @Test
  void everyCellOfThePageIsMeasured() throws IOException {
    Set<String> measured =
        Arrays.stream(LibraryCell.values())
            .map(cell -> cell.type().getSimpleName())
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> listed =
        rows().stream().map(CellPage::cell).collect(Collectors.toCollection(TreeSet::new));
    assertEquals(listed, measured);
  }

  @Test
  void everyRowHasFigures() throws IOException {
    for (String row : rows()) {
      String[] columns = row.split("\\|", -1);
      String figures = String.join("|", Arrays.copyOfRange(columns, 5, 8));
      assertTrue(figures.matches(" [\\d.]+ \\| \\d+ % \\| [\\d,]+ "), row);
    }
  }

  @Test
  void whatAPlanKeepsIsWhatThePageSays() throws IOException {
    for (LibraryCell cell : LibraryCell.values()) {
      long bytes = (long) Float.BYTES * CellPlan.of(cell, LayerSize.parse("zsmall")).kept();
      String name = cell.type().getSimpleName();
      String row =
          rows().stream()
              .filter(line -> CellPage.cell(line).equals(name))
              .findFirst()
              .orElseThrow();
      assertEquals("%,d".formatted(bytes), row.split("\\|", -1)[7].strip(), row);
    }
  }

  /** Operations of products: three times the forward ones, which are those of the weights. */
  @ParameterizedTest
  @EnumSource
  void aPlanMultipliesByEachWeightOnceAStep(LibraryCell cell) {
    LayerSize size = new LayerSize(3, 4, 50, 75);
    TrainStep<?> step = TrainStep.of(cell, size, ScanMode.COMPILED);
    double weights =
        step.parameters().values().stream()
            .filter(weight -> weight.rank() >= 2)
            .mapToDouble(weight -> weight.size())
            .sum();
    double plan = CellPlan.of(cell, size).gigaflops() * 1e9;
    double ratio = plan / (6.0 * size.time() * size.batch() * weights);
    switch (cell) {
      // Weights of the state's own unit are no products.
      case PEEPHOLE_LSTM, BRC, SRU, RHN -> assertTrue(ratio > 0.98 && ratio < 1.001, "" + ratio);
      // Products with matrices that are no parameters, and with bands of zeros.
      case LMU, CONV_LSTM -> assertTrue(ratio > 1, "" + ratio);
      default -> assertEquals(1, ratio, 1e-3);
    }
  }

  @Test
  void figuresAreFilledIntoTheirRow() {
    List<String> page =
        List.of(
            "# Cells",
            "| Cell | Source | Parameters | State | ms | Peak | Kept | Notes |",
            "| `A` | a | 3H | h | | | | note |",
            "| `B` | b | 4H | h | 1.0 | 50 % | 8 | |");
    var figures = Map.of("A", new CellPage.Figures(1.26, 0.657, 4800));
    assertEquals(
        List.of(
            page.get(0),
            page.get(1),
            "| `A` | a | 3H | h | 1.3 | 66 % | 4,800 | note |",
            page.get(3)),
        CellPage.filled(page, figures));
  }

  @Test
  void aPlanWithoutTheFiguresIsRefused() {
    assertThrows(IllegalStateException.class, () -> CellPlan.parse("products: none"));
  }
}
