package org.tapeloop.examples.music.counterpoint;

/** The old modes, on white keys. */
enum Mode {
  IONIAN(0, true, false),
  DORIAN(1, false, true),
  PHRYGIAN(2, false, false),
  MIXOLYDIAN(4, true, true),
  AEOLIAN(5, false, true);

  private final int finalDegree;
  private final boolean major;
  private final boolean raisesLeadingNote;

  Mode(int finalDegree, boolean major, boolean raisesLeadingNote) {
    this.finalDegree = finalDegree;
    this.major = major;
    this.raisesLeadingNote = raisesLeadingNote;
  }

  /** Whether the tone is the one on which pieces end, in any octave. */
  boolean isFinal(Tone tone) {
    return !tone.raised() && Math.floorMod(tone.degree() - finalDegree, 7) == 0;
  }

  /** Whether the tone leads up to the final: a semitone below it, but in the phrygian mode. */
  boolean isLeadingNote(Tone tone) {
    return tone.raised() == raisesLeadingNote && isBelowFinal(tone.degree());
  }

  /** Whether a white key is the one below the final, in any octave. */
  boolean isBelowFinal(int degree) {
    return Math.floorMod(degree - finalDegree, 7) == 6;
  }

  /**
   * Whether a last chord may have the tone: the final, its fifth, and its third if that is major.
   */
  boolean isOfLastChord(Tone tone) {
    int above = Math.floorMod(tone.degree() - finalDegree, 7);
    return !tone.raised() && (above == 0 || above == 4 || (above == 2 && major));
  }

  /** Whether the tone is the one above the final, from which a cantus firmus ends. */
  boolean isAboveFinal(Tone tone) {
    return !tone.raised() && Math.floorMod(tone.degree() - finalDegree, 7) == 1;
  }

  /** The leading note on a white key that {@link #isBelowFinal}. */
  Tone leadingNote(int degree) {
    return new Tone(degree, raisesLeadingNote);
  }
}
