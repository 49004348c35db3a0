package org.tapeloop.examples.abc;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * A tune that is being written in {@link TuneTokens}: which of them may follow, so that it becomes
 * ABC whose bars {@link Bars} finds right. It never runs into a dead end: whatever has been allowed
 * can be brought to an end.
 */
public final class OpenTune {
  private static final String CHANGE_OF_METER = "[" + TuneTokens.METER;
  private static final String CHANGE_OF_KEY = "[" + TuneTokens.KEY;

  /** The shortest note that there is a token for, in eighths. */
  private final Fraction shortest;

  private final Tuplets tuplets = new Tuplets();
  private boolean headed;
  private @Nullable Fraction bar;

  /** Whether it has notes, not rests only. */
  private boolean notes;

  /** Whether the bar begins at the edge of a part, so that it may be an upbeat. */
  private boolean edge = true;

  /** What the bar lasts so far, without the note below. */
  private Fraction filled = Fraction.ZERO;

  /** The length of the last note or rest, in eighths, while it may still change. */
  private @Nullable Fraction open;

  private boolean lengthened;
  private boolean tieable;

  /** A tune without its first token. */
  public OpenTune(Collection<String> vocabulary) {
    Fraction least = Fraction.ONE;
    for (String token : vocabulary) {
      if (TuneTokens.isLength(token)) {
        Fraction length = Fraction.ofFactor(token);
        least = length.compareTo(least) < 0 ? length : least;
      }
    }
    shortest = least;
  }

  /** Whether a token may come next. */
  public boolean allows(String token) {
    if (!headed || bar == null) {
      return token.startsWith(bar == null ? TuneTokens.METER : TuneTokens.KEY);
    }
    if (token.startsWith(TuneTokens.METER) || token.startsWith(TuneTokens.KEY)) {
      return false;
    }
    if (TuneTokens.isLength(token)) {
      return open != null && !lengthened && fits(Fraction.ofFactor(token));
    }
    if (open != null && !fits(open)) {
      return false;
    }
    return token.equals(TuneTokens.TIE) ? tieable : allowsAfterNote(token, bar);
  }

  private boolean allowsAfterNote(String token, Fraction whole) {
    Fraction end = end();
    int left = open == null ? tuplets.left() : Math.max(0, tuplets.left() - 1);
    var line = Symbol.Bar.written(token);
    if (line.isPresent()) {
      return left == 0 && (edge || line.get().isEdge() || end.equals(whole));
    }
    if (token.startsWith("(")) {
      Symbol.Tuplet tuplet = tuplet(token);
      return left == 0 && !exceeds(end.plus(least(tuplet.count(), tuplet.factor())), whole);
    }
    if (token.startsWith(CHANGE_OF_KEY)) {
      return left == 0;
    }
    if (token.startsWith("[")) {
      return left == 0 && end.equals(Fraction.ZERO);
    }
    Fraction factor = left == 0 ? Fraction.ONE : tuplets.factor();
    return !exceeds(end.plus(least(Math.max(1, left), factor)), whole);
  }

  /** Whether the tune may end here. */
  public boolean mayEnd() {
    boolean whole = open == null ? tuplets.left() == 0 : tuplets.left() <= 1 && fits(open);
    return headed && notes && whole;
  }

  /** Adds a token, whether or not it is allowed. */
  public void add(String token) {
    if (token.startsWith(TuneTokens.METER)) {
      bar = Meter.parse(token.substring(TuneTokens.METER.length())).bar();
    } else if (token.startsWith(TuneTokens.KEY)) {
      headed = true;
    } else if (TuneTokens.isLength(token)) {
      open = Fraction.ofFactor(token);
      lengthened = true;
    } else if (token.equals(TuneTokens.TIE)) {
      lengthened = true;
      tieable = false;
    } else {
      close();
      addAfterNote(token);
    }
  }

  private void addAfterNote(String token) {
    var line = Symbol.Bar.written(token);
    if (line.isPresent()) {
      edge = line.get().isEdge() || (edge && filled.equals(Fraction.ZERO));
      filled = Fraction.ZERO;
    } else if (token.startsWith("(")) {
      tuplets.begin(tuplet(token));
    } else if (token.startsWith(CHANGE_OF_METER)) {
      bar = Meter.parse(token.substring(CHANGE_OF_METER.length(), token.length() - 1)).bar();
    } else if (token.startsWith("[")) {
      edge |= !token.startsWith(CHANGE_OF_KEY);
    } else {
      open = Fraction.ONE;
      lengthened = false;
      tieable = !token.equals(TuneTokens.REST);
      notes |= tieable;
    }
  }

  private void close() {
    if (open != null) {
      filled = filled.plus(tuplets.sounding(open).times(Tune.EIGHTH));
      open = null;
    }
    tieable = false;
  }

  /** What the bar lasts with the last note as it is now. */
  private Fraction end() {
    return open == null ? filled : filled.plus(open.times(tuplets.factor()).times(Tune.EIGHTH));
  }

  /** Whether the last note may have a length, with room for what its tuplet still needs. */
  private boolean fits(Fraction length) {
    Fraction factor = tuplets.factor();
    Fraction end = filled.plus(length.times(factor).times(Tune.EIGHTH));
    Fraction rest = least(Math.max(0, tuplets.left() - 1), factor);
    return bar != null && !exceeds(end.plus(rest), bar);
  }

  /** The time that so many notes take at least. */
  private Fraction least(int count, Fraction factor) {
    return new Fraction(count, 1).times(shortest).times(factor).times(Tune.EIGHTH);
  }

  private static boolean exceeds(Fraction length, Fraction whole) {
    return length.compareTo(whole) > 0;
  }

  /** A tuplet as {@link Symbol.Tuplet#text} writes it. */
  private static Symbol.Tuplet tuplet(String token) {
    String[] numbers = token.substring(1).split(":", -1);
    return new Symbol.Tuplet(
        Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]), Integer.parseInt(numbers[2]));
  }
}
