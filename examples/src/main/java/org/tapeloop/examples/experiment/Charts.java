package org.tapeloop.examples.experiment;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** How all charts of this program look. */
public final class Charts {
  /** Of all text. */
  public static final Color TEXT = new Color(0x333333);

  private static final Color GRID = new Color(0xE6E6E6);

  private Charts() {}

  /**
   * Sets colours, fonts and the axis of steps.
   *
   * @param fontSize of the labels of axes, in points; titles are larger
   */
  public static void style(XYChart chart, int fontSize) {
    AxesChartStyler styler = chart.getStyler();
    styler.setPlotBackgroundColor(Color.WHITE);
    styler.setPlotBorderVisible(false);
    styler.setPlotGridLinesColor(GRID);
    styler.setPlotGridLinesStroke(new BasicStroke(1));
    styler.setPlotGridVerticalLinesVisible(false);
    styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, fontSize + 1));
    styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, fontSize));
    styler.setAxisTickLabelsColor(TEXT);
    styler.setAxisTickMarksColor(GRID);
    styler.setXAxisMin(0.0);
    styler.setXAxisDecimalPattern("#,###");
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setChartFontColor(TEXT);
    styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, fontSize + 3));
    styler.setLegendBorderColor(Color.WHITE);
    styler.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, fontSize + 1));
    styler.setAntiAlias(true);
  }

  /**
   * Has round numbers of steps labelled. Where the values of all lines are equally spaced, XChart
   * labels multiples of that space; so this adds a line, not drawn, whose values are not.
   *
   * @param last step of the chart
   * @param height of the line, within what is shown
   */
  public static void labelRoundSteps(XYChart chart, double last, double height) {
    double[] steps = {0, last * Math.E / 10, last};
    var series = chart.addSeries(" ", steps, new double[] {height, height, height});
    series.setMarker(SeriesMarkers.NONE).setLineStyle(SeriesLines.NONE).setShowInLegend(false);
  }
}
