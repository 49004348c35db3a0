package org.tapeloop.examples.seq2seq;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.util.List;
import org.tapeloop.examples.experiment.Charts;

/**
 * Where a decoder looked: a sheet for each sequence, what was read from left to right, what was
 * written from top to bottom, and the more weight, the darker.
 */
final class AttentionPicture {
  private static final int CELL = 24;
  private static final int GAP = 8;
  private static final int MARGIN = 28;
  private static final Font LABELS = new Font(Font.SANS_SERIF, Font.PLAIN, 14);
  private static final Color GRID = new Color(0xEDEDED);
  private static final Color FULL = new Color(0x0B3C6F);

  /** Words longer than this stand upright above their columns. */
  private static final int WIDEST_LABEL = CELL - 2;

  private final Graphics2D graphics;
  private final FontMetrics metrics;

  /**
   * One sequence.
   *
   * @param read a name for each column
   * @param written a name for each row
   * @param weights row after row
   */
  @SuppressWarnings("ArrayRecordComponent") // drawn once, not compared
  record Sheet(List<String> read, List<String> written, double[] weights) {}

  /** Where a sheet stands in the picture. */
  private record Place(Sheet sheet, int left, int top, int columns, int rows) {
    int width() {
      return left + columns * CELL;
    }

    int height() {
      return top + rows * CELL;
    }
  }

  private AttentionPicture(Graphics2D graphics) {
    this.graphics = graphics;
    graphics.setFont(LABELS);
    metrics = graphics.getFontMetrics();
  }

  /** Draws sheets below each other. */
  static BufferedImage draw(List<Sheet> sheets) {
    Graphics2D measuring = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
    var ruler = new AttentionPicture(measuring);
    List<Place> places = sheets.stream().map(ruler::place).toList();
    measuring.dispose();
    int width = places.stream().mapToInt(Place::width).max().orElse(0) + 2 * MARGIN;
    int height = places.stream().mapToInt(place -> place.height() + MARGIN).sum() + MARGIN;
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = picture.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, width, height);
    var painter = new AttentionPicture(graphics);
    graphics.translate(MARGIN, MARGIN);
    for (Place place : places) {
      painter.paint(place);
      graphics.translate(0, place.height() + MARGIN);
    }
    graphics.dispose();
    return picture;
  }

  private Place place(Sheet sheet) {
    int left = widest(sheet.written());
    int above = widest(sheet.read());
    int top = above > WIDEST_LABEL ? above : metrics.getHeight();
    return new Place(sheet, left + GAP, top + GAP, sheet.read().size(), sheet.written().size());
  }

  private int widest(List<String> labels) {
    return labels.stream().mapToInt(metrics::stringWidth).max().orElse(0);
  }

  private void paint(Place place) {
    Sheet sheet = place.sheet();
    boolean upright = widest(sheet.read()) > WIDEST_LABEL;
    for (int r = 0; r < place.rows(); r++) {
      for (int c = 0; c < place.columns(); c++) {
        int x = place.left() + c * CELL;
        int y = place.top() + r * CELL;
        graphics.setColor(shade(sheet.weights()[r * place.columns() + c]));
        graphics.fillRect(x, y, CELL, CELL);
        graphics.setColor(GRID);
        graphics.drawRect(x, y, CELL, CELL);
      }
    }
    graphics.setColor(Charts.TEXT);
    int drop = (CELL + metrics.getAscent() - metrics.getDescent()) / 2;
    for (int r = 0; r < place.rows(); r++) {
      String label = sheet.written().get(r);
      int x = place.left() - GAP - metrics.stringWidth(label);
      graphics.drawString(label, x, place.top() + r * CELL + drop);
    }
    for (int c = 0; c < place.columns(); c++) {
      String label = sheet.read().get(c);
      int x = place.left() + c * CELL;
      if (upright) {
        AffineTransform before = graphics.getTransform();
        graphics.rotate(-Math.PI / 2, x + drop, place.top() - GAP);
        graphics.drawString(label, x + drop, place.top() - GAP);
        graphics.setTransform(before);
      } else {
        int middle = x + (CELL - metrics.stringWidth(label)) / 2;
        graphics.drawString(label, middle, place.top() - GAP);
      }
    }
  }

  private static Color shade(double weight) {
    double part = Math.clamp(weight, 0, 1);
    return new Color(
        mixed(FULL.getRed(), part), mixed(FULL.getGreen(), part), mixed(FULL.getBlue(), part));
  }

  private static int mixed(int full, double part) {
    return (int) Math.round(255 + part * (full - 255));
  }
}
