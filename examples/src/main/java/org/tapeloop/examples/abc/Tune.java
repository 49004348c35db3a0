package org.tapeloop.examples.abc;

import java.util.ArrayList;
import java.util.List;

/**
 * A melody.
 *
 * @param title may be empty
 * @param meter that it begins in
 * @param unit the length of a note without a number, a part of a whole note
 * @param key that it begins in
 * @param body notes, rests, bar lines and what else stands between them
 */
public record Tune(String title, Meter meter, Fraction unit, Key key, List<Symbol> body) {
  /** The unit that {@link #simplified} writes all tunes in. */
  public static final Fraction EIGHTH = new Fraction(1, 8);

  /** Letters in an octave. */
  private static final int OCTAVE = 7;

  /** Keeps the body as it is. */
  public Tune {
    body = List.copyOf(body);
  }

  /** The tune as ABC, with a reference number; each part on a line of its own. */
  public String text(int number) {
    StringBuilder text = new StringBuilder("X:" + number + "\n");
    if (!title.isEmpty()) {
      text.append("T:").append(title).append('\n');
    }
    text.append("M:%s\nL:%s\nK:%s\n".formatted(meter, unit, key));
    String gap = "";
    for (Symbol symbol : body) {
      text.append(gap).append(symbol.text());
      gap =
          switch (symbol) {
            case Symbol.Bar bar when bar.isEdge() -> "\n";
            case Symbol.Tuplet tuplet -> "";
            default -> " ";
          };
    }
    return text.append('\n').toString();
  }

  /**
   * The tune some semitones higher, its notes spelt by the signatures of the new keys.
   *
   * @param semitones -11 to 11
   */
  public Tune transposed(int semitones) {
    Key from = key;
    Key to = key.transposed(semitones);
    int letters = letters(from, to, semitones);
    List<Symbol> moved = new ArrayList<>();
    for (Symbol symbol : body) {
      switch (symbol) {
        case Symbol.Note note -> {
          List<Pitch> pitches = new ArrayList<>();
          for (Pitch pitch : note.pitches()) {
            pitches.add(pitch.moved(letters, from, to));
          }
          moved.add(new Symbol.Note(List.copyOf(pitches), note.length(), note.tied()));
        }
        case Symbol.KeyChange change -> {
          from = change.key();
          to = from.transposed(semitones);
          letters = letters(from, to, semitones);
          moved.add(new Symbol.KeyChange(to));
        }
        default -> moved.add(symbol);
      }
    }
    return new Tune(title, meter, unit, key.transposed(semitones), moved);
  }

  /** How many letters lie between two tonics that lie some semitones apart. */
  private static int letters(Key from, Key to, int semitones) {
    int up = Math.floorMod(to.letter() - from.letter(), OCTAVE);
    int best = up;
    for (int letters = up - 2 * OCTAVE; letters <= up + OCTAVE; letters += OCTAVE) {
      // Seven letters are twelve semitones.
      if (Math.abs(letters * 12 - semitones * OCTAVE) < Math.abs(best * 12 - semitones * OCTAVE)) {
        best = letters;
      }
    }
    return best;
  }

  /** The same melody in units of an eighth, and of notes at once the highest. */
  public Tune simplified() {
    Fraction factor = unit.over(EIGHTH);
    List<Symbol> plain = new ArrayList<>();
    for (Symbol symbol : body) {
      plain.add(
          switch (symbol) {
            case Symbol.Note note ->
                new Symbol.Note(
                    List.of(note.pitches().getLast()), note.length().times(factor), note.tied());
            case Symbol.Rest rest -> new Symbol.Rest(rest.length().times(factor));
            default -> symbol;
          });
    }
    return new Tune(title, meter, EIGHTH, key, plain);
  }
}
