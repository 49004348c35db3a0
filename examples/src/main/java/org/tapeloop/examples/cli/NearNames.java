package org.tapeloop.examples.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** What somebody may have meant who wrote a name that nothing has. */
public final class NearNames {
  private static final int MOST = 3;

  /** A name is near that differs in so much of its letters, or in one. */
  private static final double SHARE = 0.34;

  private NearNames() {}

  /**
   * The names that differ least from what was written, the nearest first: at most three, maybe
   * none.
   */
  static List<String> of(String written, Collection<String> names) {
    String lower = written.toLowerCase(Locale.ROOT);
    int furthest = Math.max(1, (int) (SHARE * written.length()));
    return names.stream()
        .filter(name -> distance(lower, name) <= furthest)
        .sorted(Comparator.comparingInt(name -> distance(lower, name)))
        .limit(MOST)
        .toList();
  }

  /** Asks for names: "; did you mean gru or mgu?"; empty without any. */
  public static String question(List<String> names) {
    if (names.isEmpty()) {
      return "";
    }
    int last = names.size() - 1;
    String before = String.join(", ", names.subList(0, last));
    return "; did you mean %s%s?"
        .formatted(before.isEmpty() ? "" : before + " or ", names.get(last));
  }

  /** Levenshtein's: letters to put in, leave out or exchange. */
  private static int distance(String one, String other) {
    int[] row = new int[other.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= one.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int exchanged = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(exchanged, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[other.length()];
  }
}
