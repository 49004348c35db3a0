package org.tapeloop.examples.tasks;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.tapeloop.examples.experiment.Charts;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.files.PngFile;

/**
 * Outcomes as a picture: a chart for each task, in it a line for each cell, the mean of its trials,
 * with each trial as a faint line, against the loss on a logarithmic axis.
 */
final class ComparisonChart {
  private static final int WIDTH = 520;
  private static final int HEIGHT = 360;

  /** Above each chart, for the name of the task and what it is. */
  private static final int HEADING = 52;

  private static final int MARGIN = 14;
  private static final int COLUMNS = 3;

  /** Losses below this are drawn as this. */
  private static final double LEAST = 1e-6;

  private static final Color BLIND = new Color(0x9A9A9A);

  /** Colours that people with any colour vision tell apart (Okabe and Ito). */
  private static final List<Color> COLORS =
      List.of(
          new Color(0x0072B2),
          new Color(0xD55E00),
          new Color(0x009E73),
          new Color(0xCC79A7),
          new Color(0xE69F00),
          new Color(0x56B4E9),
          new Color(0x000000));

  private ComparisonChart() {}

  /**
   * Draws a PNG file.
   *
   * @throws Failure if it cannot be written
   */
  static void write(Path file, List<Task> tasks, List<String> cells, Outcomes outcomes) {
    int columns = Math.min(COLUMNS, tasks.size());
    int rows = Math.ceilDiv(tasks.size(), columns);
    BufferedImage whole =
        new BufferedImage(columns * WIDTH, rows * (HEADING + HEIGHT), BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = whole.createGraphics();
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, whole.getWidth(), whole.getHeight());
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    for (int i = 0; i < tasks.size(); i++) {
      Task task = tasks.get(i);
      int left = i % columns * WIDTH;
      int top = i / columns * (HEADING + HEIGHT);
      heading(graphics, task, left + MARGIN, top);
      BufferedImage one = BitmapEncoder.getBufferedImage(chart(task, cells, outcomes));
      graphics.drawImage(one, left, top + HEADING, null);
    }
    graphics.dispose();
    PngFile.write(file, whole);
  }

  private static void heading(Graphics2D graphics, Task task, int left, int top) {
    graphics.setColor(Charts.TEXT);
    graphics.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 14));
    graphics.drawString(task.name(), left, top + 26);
    graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    graphics.drawString(task.description(), left, top + 44);
  }

  private static XYChart chart(Task task, List<String> cells, Outcomes outcomes) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .xAxisTitle("steps")
            .yAxisTitle(task.measure())
            .build();
    style(chart);
    double last = 1;
    for (int c = 0; c < cells.size(); c++) {
      List<List<Trial.Look>> trials = outcomes.of(task.name(), cells.get(c));
      Color color = COLORS.get(c % COLORS.size());
      for (int k = 0; k < trials.size(); k++) {
        var faint = add(chart, cells.get(c) + " " + k, trials.get(k), faded(color), 1f);
        faint.setShowInLegend(false);
        last = Math.max(last, trials.get(k).getLast().step());
      }
      if (!trials.isEmpty()) {
        add(chart, cells.get(c), mean(trials), color, 2.4f);
      }
    }
    var blind =
        chart.addSeries("blind", new double[] {0, last}, new double[] {task.blind(), task.blind()});
    blind.setMarker(SeriesMarkers.NONE).setLineColor(BLIND);
    blind.setLineStyle(
        new BasicStroke(
            1.2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_BEVEL, 1, new float[] {5, 4}, 0));
    wholeDecades(chart);
    Charts.labelRoundSteps(chart, last, task.blind());
    return chart;
  }

  /** Powers of ten alone are labelled, so both ends of the axis are one. */
  private static void wholeDecades(XYChart chart) {
    var losses =
        chart.getSeriesMap().values().stream()
            .flatMapToDouble(series -> Arrays.stream(series.getYData()))
            .filter(Double::isFinite)
            .summaryStatistics();
    chart.getStyler().setYAxisMin(Math.pow(10, Math.floor(Math.log10(losses.getMin()))));
    chart.getStyler().setYAxisMax(Math.pow(10, Math.ceil(Math.log10(losses.getMax()))));
  }

  private static XYSeries add(
      XYChart chart, String name, List<Trial.Look> looks, Color color, float width) {
    double[] steps = looks.stream().mapToDouble(Trial.Look::step).toArray();
    double[] losses = looks.stream().mapToDouble(l -> Math.max(LEAST, l.loss())).toArray();
    XYSeries series = chart.addSeries(name, steps, losses);
    series.setMarker(SeriesMarkers.NONE).setLineColor(color);
    series.setLineStyle(new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    return series;
  }

  private static List<Trial.Look> mean(List<List<Trial.Look>> trials) {
    List<Trial.Look> means = new ArrayList<>();
    for (int i = 0; i < trials.getFirst().size(); i++) {
      int at = i;
      double loss =
          trials.stream().mapToDouble(looks -> looks.get(at).loss()).average().orElseThrow();
      means.add(new Trial.Look(trials.getFirst().get(i).step(), loss, Double.NaN));
    }
    return means;
  }

  private static Color faded(Color color) {
    return new Color(color.getRed(), color.getGreen(), color.getBlue(), 70);
  }

  private static void style(XYChart chart) {
    Charts.style(chart, 11);
    var styler = chart.getStyler();
    styler.setYAxisLogarithmic(true);
    styler.setYAxisLogarithmicDecadeOnly(true);
    styler.setYAxisDecimalPattern("0.######");
    styler.setChartTitleVisible(false);
    styler.setLegendPosition(LegendPosition.OutsideS);
    styler.setLegendLayout(LegendLayout.Horizontal);
  }
}
