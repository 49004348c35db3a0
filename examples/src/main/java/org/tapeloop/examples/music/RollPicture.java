package org.tapeloop.examples.music;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.awt.geom.RoundRectangle2D;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.files.PngFile;

/**
 * Draws frames as a piano roll: time from left to right in beats, with bar lines, keys from low to
 * high. Long pieces go on in the next row. What was given stands on a tinted ground, in paler
 * colours, apart from what was made after it.
 */
public final class RollPicture {
  private static final int MARGIN = 28;
  private static final int KEYBOARD = 46;
  private static final int KEY_HEIGHT = 8;
  private static final int BEAT_WIDTH = 26;
  private static final int FRAME_WIDTH = 7;
  private static final int WIDEST_ROW = 1300;
  private static final int HEADER = 64;
  private static final int ABOVE_ROW = 24;
  private static final int BELOW_ROW = 18;

  private static final Color INK = new Color(0x2B2B2B);
  private static final Color FAINT_INK = new Color(0x767676);
  private static final Color WHITE_ROW = Color.WHITE;
  private static final Color BLACK_ROW = new Color(0xF3F4F6);
  private static final Color OCTAVE_LINE = new Color(0xD9DCE1);
  private static final Color BEAT_LINE = new Color(0xECEEF1);
  private static final Color BAR_LINE = new Color(0xB9BEC6);
  private static final Color GIVEN_GROUND = new Color(0xF2, 0xC1, 0x4E, 46);
  private static final Color GIVEN_EDGE = new Color(0xC98B12);
  private static final Color BLACK_KEY = new Color(0x3A3A3A);

  /** What a note is in the frame where it begins. */
  private enum Line {
    HIGHEST("highest", new Color(0xC8442B)),
    INNER("between", new Color(0x4C9A8C)),
    LOWEST("lowest", new Color(0x2F5D9B));

    private final String label;
    private final Color color;

    Line(String label, Color color) {
      this.label = label;
      this.color = color;
    }

    Color color(boolean given) {
      return given ? mixedWithWhite(color, 0.45) : color;
    }
  }

  /** A key that sounds from a frame up to another. */
  private record Note(int pitch, int start, int end, Line line) {}

  private final String title;
  private final List<Frame> frames;
  private final Timing timing;
  private final int given;

  private final List<Note> notes;
  private final int lowest;
  private final int highest;
  private final double frameWidth;
  private final int framesPerRow;

  private RollPicture(String title, List<Frame> frames, Timing timing, int given) {
    this.title = title;
    this.frames = frames;
    this.timing = timing;
    this.given = given;
    notes = notes(frames, given);
    IntSummaryStatistics range = frames.stream().flatMapToInt(Frame::pitches).summaryStatistics();
    boolean silent = range.getCount() == 0;
    lowest = Math.max(Frame.LOWEST, (silent ? 60 : range.getMin()) - 2);
    highest = Math.min(Frame.HIGHEST, (silent ? 72 : range.getMax()) + 2);
    frameWidth = Math.max(FRAME_WIDTH, BEAT_WIDTH / (double) timing.framesPerBeat());
    int bars = Math.ceilDiv(timing.missing() + frames.size(), timing.framesPerBar());
    int most = Math.max(1, (int) (WIDEST_ROW / (frameWidth * timing.framesPerBar())));
    int barsPerRow = Math.ceilDiv(bars, Math.ceilDiv(bars, most));
    framesPerRow = Math.min(barsPerRow * timing.framesPerBar(), timing.missing() + frames.size());
  }

  /**
   * Draws a piece into a PNG file.
   *
   * @param title above the picture
   * @param given how many frames at the start were given rather than made
   * @throws Failure if the file cannot be written
   */
  public static void write(Path file, String title, List<Frame> frames, Timing timing, int given) {
    PngFile.write(file, new RollPicture(title, frames, timing, given).image());
  }

  /** Keys held over frames, cut where what was given ends. */
  private static List<Note> notes(List<Frame> frames, int given) {
    List<Note> notes = new ArrayList<>();
    for (int t = 0; t < frames.size(); t++) {
      Frame now = frames.get(t);
      Frame before = t == 0 || t == given ? Frame.SILENCE : frames.get(t - 1);
      IntSummaryStatistics range = now.pitches().summaryStatistics();
      for (int pitch : now.pitches().toArray()) {
        if (!before.has(pitch)) {
          int end = t + 1;
          while (end < frames.size() && end != given && frames.get(end).has(pitch)) {
            end++;
          }
          Line line =
              pitch == range.getMax()
                  ? Line.HIGHEST
                  : pitch == range.getMin() ? Line.LOWEST : Line.INNER;
          notes.add(new Note(pitch, t, end, line));
        }
      }
    }
    return notes;
  }

  private int rows() {
    return Math.ceilDiv(timing.missing() + frames.size(), framesPerRow);
  }

  /** The first frame of a row: each but the first begins with a bar. */
  private int start(int row) {
    return Math.clamp(row * framesPerRow - timing.missing(), 0, frames.size());
  }

  private int rowHeight() {
    return (highest - lowest + 1) * KEY_HEIGHT;
  }

  private BufferedImage image() {
    int longest = Math.min(framesPerRow, frames.size());
    int width = 2 * MARGIN + KEYBOARD + (int) Math.ceil(longest * frameWidth);
    int height = HEADER + rows() * (ABOVE_ROW + rowHeight() + BELOW_ROW) + MARGIN / 2;
    BufferedImage image =
        new BufferedImage(Math.max(width, 640), height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, image.getWidth(), image.getHeight());
    drawHeader(g);
    for (int row = 0; row < rows(); row++) {
      Graphics2D moved = (Graphics2D) g.create();
      moved.translate(
          MARGIN, HEADER + row * (ABOVE_ROW + rowHeight() + BELOW_ROW) + (double) ABOVE_ROW);
      drawRow(moved, row);
      moved.dispose();
    }
    g.dispose();
    return image;
  }

  private void drawHeader(Graphics2D g) {
    g.setColor(INK);
    g.setFont(font(Font.BOLD, 17));
    g.drawString(title, MARGIN, 30);
    g.setFont(font(Font.PLAIN, 12));
    double x = MARGIN;
    Map<Line, Boolean> used = new EnumMap<>(Line.class);
    notes.forEach(note -> used.put(note.line(), true));
    // Where there is one voice, there is nothing to tell apart.
    for (Line line : used.size() > 1 ? used.keySet() : Set.<Line>of()) {
      g.setColor(line.color);
      g.fill(new RoundRectangle2D.Double(x, 43, 20, 8, 4, 4));
      x = label(g, line.label, x + 26, INK) + 20;
    }
    if (given > 0) {
      g.setColor(GIVEN_GROUND);
      g.fill(new Rectangle2D.Double(x, 40, 20, 14));
      x = label(g, "given", x + 26, INK) + 20;
    }
    double seconds = timing.seconds(frames.size());
    label(
        g,
        "%,d frames, %d:%02d min at %.0f beats a minute"
            .formatted(frames.size(), (int) seconds / 60, (int) seconds % 60, timing.tempo()),
        x,
        FAINT_INK);
  }

  /** Draws text and gives where it ends. */
  private static double label(Graphics2D g, String text, double x, Color color) {
    g.setColor(color);
    g.drawString(text, (float) x, 51);
    return x + g.getFontMetrics().stringWidth(text);
  }

  private void drawRow(Graphics2D g, int row) {
    int from = start(row);
    int to = start(row + 1);
    double width = (to - from) * frameWidth;
    drawGround(g, width);
    if (from < given) {
      g.setColor(GIVEN_GROUND);
      g.fill(
          new Rectangle2D.Double(
              KEYBOARD, 0, (Math.min(given, to) - from) * frameWidth, rowHeight()));
    }
    drawTime(g, from, to);
    for (Note note : notes) {
      if (note.start() < to && note.end() > from) {
        drawNote(g, note, from, to);
      }
    }
    if (given > from && given < to) {
      drawEndOfGiven(g, KEYBOARD + (given - from) * frameWidth);
    }
    drawKeyboard(g);
  }

  private void drawGround(Graphics2D g, double width) {
    for (int pitch = lowest; pitch <= highest; pitch++) {
      g.setColor(isBlack(pitch) ? BLACK_ROW : WHITE_ROW);
      g.fill(new Rectangle2D.Double(KEYBOARD, y(pitch), width, KEY_HEIGHT));
      if (pitch % 12 == 0) {
        g.setColor(OCTAVE_LINE);
        double below = y(pitch) + KEY_HEIGHT;
        g.draw(new Line2D.Double(KEYBOARD, below, KEYBOARD + width, below));
      }
    }
  }

  private void drawTime(Graphics2D g, int from, int to) {
    g.setFont(font(Font.PLAIN, 11));
    int beatsPerBar = Math.max(1, timing.framesPerBar() / timing.framesPerBeat());
    for (int t = from; t <= to; t++) {
      int inBar = Math.floorMod(t - timing.pickup(), timing.framesPerBar());
      boolean bar = inBar == 0;
      boolean beat = inBar % timing.framesPerBeat() == 0;
      double x = KEYBOARD + (t - from) * frameWidth;
      if (bar || beat) {
        g.setColor(bar ? BAR_LINE : BEAT_LINE);
        g.draw(new Line2D.Double(x, 0, x, rowHeight()));
      }
      if (bar && t < to) {
        int before = (t - timing.pickup()) / timing.framesPerBar();
        String beats = Integer.toString(before * beatsPerBar + 1);
        g.setColor(FAINT_INK);
        g.drawString(beats, (float) x + 2, -5);
      }
    }
    g.setColor(FAINT_INK);
    FontMetrics metrics = g.getFontMetrics();
    g.drawString("beat", KEYBOARD - metrics.stringWidth("beat") - 8, -5);
  }

  private void drawNote(Graphics2D g, Note note, int from, int to) {
    double x = KEYBOARD + (Math.max(note.start(), from) - from) * frameWidth;
    double end = KEYBOARD + (Math.min(note.end(), to) - from) * frameWidth;
    boolean isGiven = note.start() < given;
    var box =
        new RoundRectangle2D.Double(
            x + 0.7, y(note.pitch()) + 0.5, end - x - 1.4, KEY_HEIGHT - 1.0, 4, 4);
    g.setColor(note.line().color(isGiven));
    g.fill(box);
    g.setColor(note.line().color(false).darker());
    g.setStroke(new BasicStroke(0.6f));
    g.draw(box);
    g.setStroke(new BasicStroke(1));
  }

  private void drawEndOfGiven(Graphics2D g, double x) {
    g.setColor(GIVEN_EDGE);
    g.setStroke(new BasicStroke(1.6f));
    g.draw(new Line2D.Double(x, -2, x, rowHeight() + 2));
    g.setStroke(new BasicStroke(1));
    g.setFont(font(Font.BOLD, 11));
    String text = "the model goes on";
    g.drawString(text, (float) x + 3, rowHeight() + 13);
  }

  private void drawKeyboard(Graphics2D g) {
    g.setFont(font(Font.PLAIN, 10));
    int left = KEYBOARD - 22;
    g.setColor(Color.WHITE);
    g.fill(new Rectangle2D.Double(left, 0, 22, rowHeight()));
    for (int pitch = lowest; pitch <= highest; pitch++) {
      if (isBlack(pitch)) {
        g.setColor(BLACK_KEY);
        g.fill(new Rectangle2D.Double(left, y(pitch), 13, KEY_HEIGHT));
      }
      int above = pitch % 12;
      if (above == 0 || above == 5) {
        double y = y(pitch) + KEY_HEIGHT;
        g.setColor(BAR_LINE);
        g.draw(new Line2D.Double(left, y, KEYBOARD, y));
      }
      if (above == 0) {
        String name = "C" + (pitch / 12 - 1);
        g.setColor(INK);
        int width = g.getFontMetrics().stringWidth(name);
        g.drawString(name, left - 4 - width, (float) y(pitch) + KEY_HEIGHT);
      }
    }
    g.setColor(BAR_LINE);
    g.draw(new Rectangle2D.Double(left, 0, 22, rowHeight()));
  }

  private double y(int pitch) {
    return (highest - pitch) * (double) KEY_HEIGHT;
  }

  private static boolean isBlack(int pitch) {
    return switch (pitch % 12) {
      case 1, 3, 6, 8, 10 -> true;
      default -> false;
    };
  }

  private static Font font(int style, int size) {
    return new Font(Font.SANS_SERIF, style, size);
  }

  private static Color mixedWithWhite(Color color, double white) {
    return new Color(
        mixed(color.getRed(), white),
        mixed(color.getGreen(), white),
        mixed(color.getBlue(), white));
  }

  private static int mixed(int component, double white) {
    return (int) Math.round(component * (1 - white) + 255 * white);
  }
}
