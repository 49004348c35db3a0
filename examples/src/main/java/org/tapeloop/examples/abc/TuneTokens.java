package org.tapeloop.examples.abc;

import java.util.ArrayList;
import java.util.List;

/**
 * A tune as a row of tokens: metre and key, then pitches, lengths, bar lines and the rest, one
 * after the other. Joined they are ABC again. Lengths are in eighths.
 */
public final class TuneTokens {
  static final String METER = "M:";
  static final String KEY = "K:";
  static final String REST = "z";
  static final String TIE = "-";

  private TuneTokens() {}

  /** The tokens of a tune, of which only the highest of notes at once are kept. */
  public static List<String> of(Tune tune) {
    Tune plain = tune.simplified();
    List<String> tokens = new ArrayList<>();
    tokens.add(METER + plain.meter());
    tokens.add(KEY + plain.key());
    for (Symbol symbol : plain.body()) {
      switch (symbol) {
        case Symbol.Note note -> {
          tokens.add(note.pitches().getFirst().text());
          addLength(tokens, note.length());
          if (note.tied()) {
            tokens.add(TIE);
          }
        }
        case Symbol.Rest rest -> {
          tokens.add(REST);
          addLength(tokens, rest.length());
        }
        default -> tokens.add(symbol.text());
      }
    }
    return List.copyOf(tokens);
  }

  private static void addLength(List<String> tokens, Fraction length) {
    if (!length.equals(Fraction.ONE)) {
      tokens.add(length.factor());
    }
  }

  /** The tokens that ask for a tune in a metre and a key. */
  public static List<String> heading(Meter meter, Key key) {
    return List.of(METER + meter, KEY + key);
  }

  /**
   * The ABC that tokens spell, whether or not it is a tune.
   *
   * @param number of the tune
   * @param title of the tune
   * @param tokens metre and key, and then what follows
   */
  public static String text(int number, String title, List<String> tokens) {
    StringBuilder text = new StringBuilder("X:%d\nT:%s\n".formatted(number, title));
    int at = 0;
    if (at < tokens.size() && tokens.get(at).startsWith(METER)) {
      text.append(tokens.get(at++)).append('\n');
    }
    text.append("L:").append(Tune.EIGHTH).append('\n');
    if (at < tokens.size() && tokens.get(at).startsWith(KEY)) {
      text.append(tokens.get(at++)).append('\n');
    }
    String gap = "";
    for (String token : tokens.subList(at, tokens.size())) {
      text.append(isAttached(token) ? "" : gap).append(token);
      gap = isEdge(token) ? "\n" : token.startsWith("(") ? "" : " ";
    }
    return text.append('\n').toString();
  }

  private static boolean isAttached(String token) {
    return token.equals(TIE) || isLength(token);
  }

  /** Whether a token is the length of the note or rest before it. */
  static boolean isLength(String token) {
    return Character.isDigit(token.charAt(0)) || token.startsWith("/");
  }

  private static boolean isEdge(String token) {
    return Symbol.Bar.written(token).filter(Symbol.Bar::isEdge).isPresent();
  }
}
