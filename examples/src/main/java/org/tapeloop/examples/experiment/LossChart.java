package org.tapeloop.examples.experiment;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.files.WholeFile;

/** The picture of a run: training and validation metric against steps. */
final class LossChart {
  private static final int WIDTH = 960;
  private static final int HEIGHT = 560;
  private static final Color TRAINING = new Color(0x9DB7D5);
  private static final Color VALIDATION = new Color(0xC8442B);
  private static final Color TEXT = new Color(0x333333);
  private static final Color GRID = new Color(0xE6E6E6);

  private LossChart() {}

  /**
   * Draws the rows as a PNG file.
   *
   * @param title what was trained
   */
  static void write(Path file, String title, Metric metric, List<MetricsRow> rows) {
    if (rows.isEmpty()) {
      return;
    }
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle("steps")
            .yAxisTitle(metric.name())
            .build();
    style(chart);

    List<Double> steps = new ArrayList<>();
    List<Double> training = new ArrayList<>();
    List<Double> validatedSteps = new ArrayList<>();
    List<Double> validation = new ArrayList<>();
    for (MetricsRow row : rows) {
      if (Double.isFinite(row.trainLoss())) {
        steps.add((double) row.step());
        training.add(metric.of(row.trainLoss()));
      }
      row.validationLoss()
          .ifPresent(
              loss -> {
                validatedSteps.add((double) row.step());
                validation.add(metric.of(loss));
              });
    }
    if (!steps.isEmpty()) {
      var series = chart.addSeries("training", steps, training);
      series.setMarker(SeriesMarkers.NONE).setLineColor(TRAINING);
      series.setLineStyle(new BasicStroke(1.6f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    }
    if (!validation.isEmpty()) {
      String last = "validation (%s at the end)".formatted(metric.text(lastLoss(rows)));
      var series = chart.addSeries(last, validatedSteps, validation);
      series.setMarker(SeriesMarkers.CIRCLE).setMarkerColor(VALIDATION).setLineColor(VALIDATION);
      series.setLineStyle(SeriesLines.SOLID);
      series.setLineWidth(2.2f);
    }
    limits(chart, training, validation);

    // Otherwise a temporary file is made for what goes to memory anyway.
    ImageIO.setUseCache(false);
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    try {
      BitmapEncoder.saveBitmap(chart, png, BitmapEncoder.BitmapFormat.PNG);
    } catch (IOException e) {
      throw Failure.to("draw " + file, e);
    }
    WholeFile.write(file, png.toByteArray());
  }

  private static double lastLoss(List<MetricsRow> rows) {
    return rows.stream()
        .flatMap(row -> row.validationLoss().stream().boxed())
        .reduce((earlier, later) -> later)
        .orElse(Double.NaN);
  }

  private static void style(XYChart chart) {
    var styler = chart.getStyler();
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotBackgroundColor(Color.WHITE);
    styler.setPlotBorderVisible(false);
    styler.setChartFontColor(TEXT);
    styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 16));
    styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14));
    styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    styler.setAxisTickLabelsColor(TEXT);
    styler.setAxisTickMarksColor(GRID);
    styler.setPlotGridLinesColor(GRID);
    styler.setPlotGridLinesStroke(new BasicStroke(1));
    styler.setPlotGridVerticalLinesVisible(false);
    styler.setLegendPosition(LegendPosition.InsideNE);
    styler.setLegendLayout(LegendLayout.Vertical);
    styler.setLegendBorderColor(Color.WHITE);
    styler.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
    styler.setChartPadding(16);
    styler.setMarkerSize(6);
    styler.setXAxisMin(0.0);
    styler.setXAxisDecimalPattern("#,###");
    styler.setYAxisDecimalPattern("#,##0.###");
    styler.setAntiAlias(true);
  }

  /**
   * The y axis leaves out the steep first twentieth of a long run, which would flatten the rest.
   */
  private static void limits(XYChart chart, List<Double> training, List<Double> validation) {
    double low = Double.POSITIVE_INFINITY;
    double high = 0;
    int skipped = training.size() / 20;
    for (double value : training.subList(skipped, training.size())) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    for (double value : validation) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    if (low < high) {
      double margin = 0.06 * (high - low);
      chart.getStyler().setYAxisMin(Math.max(0, low - margin));
      chart.getStyler().setYAxisMax(high + margin);
    }
  }
}
