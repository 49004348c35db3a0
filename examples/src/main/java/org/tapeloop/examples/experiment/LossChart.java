package org.tapeloop.examples.experiment;

import java.awt.BasicStroke;
import java.awt.Color;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.tapeloop.examples.files.PngFile;

/** The picture of a run: training and validation metric against steps. */
final class LossChart {
  private static final int WIDTH = 960;
  private static final int HEIGHT = 560;
  private static final Color TRAINING = new Color(0x9DB7D5);
  private static final Color VALIDATION = new Color(0xC8442B);

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
      String name = "validation (best: %s)".formatted(metric.text(least(rows)));
      var series = chart.addSeries(name, validatedSteps, validation);
      series.setMarker(SeriesMarkers.CIRCLE).setMarkerColor(VALIDATION).setLineColor(VALIDATION);
      series.setLineStyle(SeriesLines.SOLID);
      series.setLineWidth(2.2f);
    }
    double top = limits(chart, training, validation);
    Charts.labelRoundSteps(chart, (double) rows.getLast().step(), top);

    PngFile.write(file, BitmapEncoder.getBufferedImage(chart));
  }

  private static double least(List<MetricsRow> rows) {
    return rows.stream()
        .flatMapToDouble(row -> row.validationLoss().stream())
        .min()
        .orElse(Double.NaN);
  }

  private static void style(XYChart chart) {
    Charts.style(chart, 13);
    var styler = chart.getStyler();
    styler.setLegendPosition(LegendPosition.InsideNE);
    styler.setLegendLayout(LegendLayout.Vertical);
    styler.setChartPadding(16);
    styler.setMarkerSize(6);
    styler.setYAxisDecimalPattern("#,##0.###");
  }

  /**
   * The y axis leaves out the steep beginning, which would flatten the rest: ten rows, but of few
   * rows a quarter and of many a twentieth.
   *
   * @return the top of the axis
   */
  private static double limits(XYChart chart, List<Double> training, List<Double> validation) {
    double low = Double.POSITIVE_INFINITY;
    double high = 0;
    int rows = training.size();
    for (double value : training.subList(Math.clamp(10, rows / 20, rows / 4), rows)) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    for (double value : validation) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    if (low >= high) {
      return high;
    }
    double margin = 0.06 * (high - low);
    chart.getStyler().setYAxisMin(Math.max(0, low - margin));
    chart.getStyler().setYAxisMax(high + margin);
    return high + margin;
  }
}
