package org.tapeloop.benchmarks.peers;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;

/**
 * Comparisons as a picture: a panel for each cell and number of threads, in it two bars a size, the
 * shares of the multiply-add peak, and below them how many times faster Tapeloop is.
 */
final class RatioChart {
  private static final int PANEL_WIDTH = 720;
  private static final int PANEL_HEIGHT = 340;
  private static final int TITLE_HEIGHT = 76;
  private static final int MARGIN = 24;
  private static final int MOST_COLUMNS = 2;

  private static final Color TAPELOOP = new Color(0xC8442B);
  private static final Color LIBTORCH = new Color(0x9DB7D5);
  private static final Color TEXT = new Color(0x333333);
  private static final Color FAINT_TEXT = new Color(0x777777);
  private static final Color GRID = new Color(0xE6E6E6);

  private RatioChart() {}

  /** Draws a PNG file; nothing where there is nothing to draw. */
  static void write(Path file, List<Comparison> comparisons) throws IOException {
    if (comparisons.isEmpty()) {
      return;
    }
    Map<String, List<Comparison>> byPanel = new TreeMap<>();
    boolean manyThreads = comparisons.stream().mapToInt(Comparison::threads).distinct().count() > 1;
    List<CategoryChart> panels = new ArrayList<>();
    // Kept in the order of the comparisons, not of the names.
    List<String> titles = new ArrayList<>();
    for (Comparison row : comparisons) {
      String title = Task.name(row.cell()) + (manyThreads ? ", threads: " + row.threads() : "");
      if (!titles.contains(title)) {
        titles.add(title);
      }
      byPanel.computeIfAbsent(title, t -> new ArrayList<>()).add(row);
    }
    for (String title : titles) {
      panels.add(panel(title, byPanel.getOrDefault(title, List.of())));
    }
    ImageIO.setUseCache(false);
    ImageIO.write(compose(panels), "png", file.toFile());
  }

  private static CategoryChart panel(String title, List<Comparison> rows) {
    CategoryChart chart =
        new CategoryChartBuilder().width(PANEL_WIDTH).height(PANEL_HEIGHT).title(title).build();
    List<String> sizes = new ArrayList<>();
    List<Double> ours = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    for (Comparison row : rows) {
      sizes.add(
          String.format(Locale.ROOT, "%s %.2f\u00d7", row.size(), row.ratio(Library.LIBTORCH)));
      ours.add(100 * row.fractionOfPeak(Library.TAPELOOP));
      theirs.add(100 * row.fractionOfPeak(Library.LIBTORCH));
    }
    chart.addSeries(Library.TAPELOOP.title(), sizes, ours).setFillColor(TAPELOOP);
    chart.addSeries(Library.LIBTORCH.title(), sizes, theirs).setFillColor(LIBTORCH);
    style(chart);
    return chart;
  }

  private static void style(CategoryChart chart) {
    var styler = chart.getStyler();
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotBackgroundColor(Color.WHITE);
    styler.setPlotBorderVisible(false);
    styler.setChartFontColor(TEXT);
    styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 16));
    styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    styler.setAxisTickLabelsColor(TEXT);
    styler.setAxisTickMarksColor(GRID);
    styler.setPlotGridLinesColor(GRID);
    styler.setPlotGridLinesStroke(new BasicStroke(1));
    styler.setPlotGridVerticalLinesVisible(false);
    styler.setAvailableSpaceFill(0.72);
    styler.setOverlapped(false);
    styler.setYAxisMin(0.0);
    styler.setYAxisMax(100.0);
    styler.setYAxisDecimalPattern("0'%'");
    styler.setLabelsVisible(true);
    styler.setLabelsPosition(0.5);
    styler.setLegendVisible(false);
    styler.setLegendPosition(LegendPosition.OutsideS);
    styler.setLegendLayout(LegendLayout.Horizontal);
    styler.setAntiAlias(true);
  }

  private static BufferedImage compose(List<CategoryChart> panels) {
    int columns = Math.min(MOST_COLUMNS, panels.size());
    int rows = (panels.size() + columns - 1) / columns;
    int width = 2 * MARGIN + columns * PANEL_WIDTH;
    int height = TITLE_HEIGHT + MARGIN + rows * PANEL_HEIGHT;
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    try {
      graphics.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      graphics.setColor(Color.WHITE);
      graphics.fillRect(0, 0, width, height);
      heading(graphics);
      for (int i = 0; i < panels.size(); i++) {
        graphics.drawImage(
            BitmapEncoder.getBufferedImage(panels.get(i)),
            MARGIN + i % columns * PANEL_WIDTH,
            TITLE_HEIGHT + i / columns * PANEL_HEIGHT,
            null);
      }
    } finally {
      graphics.dispose();
    }
    return image;
  }

  /** What all panels show, and the legend they share. */
  private static void heading(Graphics2D graphics) {
    graphics.setColor(TEXT);
    graphics.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 18));
    graphics.drawString("Training step, share of the multiply-add peak", MARGIN, 34);
    graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14));
    int x = MARGIN;
    for (Library library : Workload.TRAINING.libraries()) {
      graphics.setColor(library == Library.TAPELOOP ? TAPELOOP : LIBTORCH);
      graphics.fillRect(x, 51, 12, 12);
      graphics.setColor(TEXT);
      graphics.drawString(library.title(), x + 18, 62);
      x += 18 + graphics.getFontMetrics().stringWidth(library.title()) + 22;
    }
    graphics.setColor(FAINT_TEXT);
    graphics.drawString("beside a size: libtorch's time divided by Tapeloop's", x + 10, 62);
  }
}
