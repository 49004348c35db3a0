package org.tapeloop.examples.experiment;

import java.util.ArrayList;
import java.util.List;

/** As much of a sample as a screen has room for. */
final class Excerpt {
  private static final int WIDTH = 75;
  private static final int MOST_LINES = 12;

  private Excerpt() {}

  /**
   * The sample without its blank lines, long lines broken, and of many lines the first and the
   * last.
   */
  static String of(String sample) {
    List<String> lines = new ArrayList<>();
    sample.lines().filter(line -> !line.isBlank()).forEach(line -> addBroken(line, lines));
    if (lines.size() <= MOST_LINES) {
      return String.join("\n", lines);
    }
    List<String> shown = new ArrayList<>(lines.subList(0, MOST_LINES - 2));
    shown.add("...");
    shown.add(lines.getLast());
    return String.join("\n", shown);
  }

  /** Breaks a line at spaces, or within a word that is longer than a line. */
  private static void addBroken(String line, List<String> lines) {
    String rest = line.stripTrailing();
    while (rest.length() > WIDTH) {
      int space = rest.lastIndexOf(' ', WIDTH);
      int end = space > 0 ? space : WIDTH;
      lines.add(rest.substring(0, end).stripTrailing());
      rest = rest.substring(end).stripLeading();
    }
    if (!rest.isEmpty()) {
      lines.add(rest);
    }
  }
}
