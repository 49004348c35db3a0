package org.tapeloop.examples.abc;

import org.jspecify.annotations.Nullable;

/**
 * A written pitch.
 *
 * @param step letters above the C below middle C's octave 0: middle C, written {@code C}, is 28
 * @param accidental written before the note, in semitones, or null for what the signature says
 */
public record Pitch(int step, @Nullable Integer accidental) {
  private static final String UPPER = "CDEFGAB";
  private static final int MIDDLE_C = 28;
  private static final int MIDDLE_C_MIDI = 60;

  /** 0 for C to 6 for B. */
  int letter() {
    return Math.floorMod(step, 7);
  }

  /** The pitch on the keyboard, middle C being 60, with an alteration in semitones. */
  int midi(int alteration) {
    int octave = Math.floorDiv(step - MIDDLE_C, 7);
    return MIDDLE_C_MIDI + 12 * octave + Key.semitones(letter()) + alteration;
  }

  /** The same degree of another key, some letters higher, altered against its signature alike. */
  Pitch moved(int letters, Key from, Key to) {
    Pitch target = new Pitch(step + letters, null);
    if (accidental == null) {
      return target;
    }
    int against = accidental - from.signature(letter());
    return new Pitch(target.step, to.signature(target.letter()) + against);
  }

  /** As ABC writes it, {@code ^f'} say. */
  String text() {
    int octave = Math.floorDiv(step - MIDDLE_C, 7);
    char letter = UPPER.charAt(letter());
    String sign =
        accidental == null
            ? ""
            : accidental == 0 ? "=" : (accidental > 0 ? "^" : "_").repeat(Math.abs(accidental));
    if (octave <= 0) {
      return sign + letter + ",".repeat(-octave);
    }
    return sign + Character.toLowerCase(letter) + "'".repeat(octave - 1);
  }

  /** A pitch by its letter, {@code C} to {@code B} or {@code c} to {@code b}. */
  static Pitch of(char letter, int octaves, @Nullable Integer accidental) {
    int at = UPPER.indexOf(Character.toUpperCase(letter));
    int octave = octaves + (Character.isLowerCase(letter) ? 1 : 0);
    return new Pitch(MIDDLE_C + at + 7 * octave, accidental);
  }
}
