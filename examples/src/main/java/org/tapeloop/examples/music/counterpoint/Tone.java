package org.tapeloop.examples.music.counterpoint;

/**
 * A white key, or the black one above it: what the old modes are written with.
 *
 * @param degree white keys above the C of MIDI pitch 0
 * @param raised by a semitone, as leading notes are
 */
record Tone(int degree, boolean raised) {
  private static final int[] WHITE_KEYS = {0, 2, 4, 5, 7, 9, 11};

  /** A white key. */
  Tone(int degree) {
    this(degree, false);
  }

  /** The MIDI pitch. */
  int pitch() {
    return degree / 7 * 12 + WHITE_KEYS[degree % 7] + (raised ? 1 : 0);
  }

  /** The lowest white key that is not below a MIDI pitch. */
  static Tone notBelow(int pitch) {
    int degree = 0;
    while (new Tone(degree).pitch() < pitch) {
      degree++;
    }
    return new Tone(degree);
  }
}
