package org.tapeloop.examples.music.counterpoint;

/**
 * From one tone to another, counted both ways, because a third and an augmented second have the
 * same semitones.
 *
 * @param degrees white keys from the first to the second; negative downward
 * @param semitones the same in semitones
 */
record Interval(int degrees, int semitones) {

  static Interval between(Tone from, Tone to) {
    return new Interval(to.degree() - from.degree(), to.pitch() - from.pitch());
  }

  /** Second, third, ... within an octave, from 0. */
  private int kind() {
    return Math.floorMod(degrees, 7);
  }

  private int size() {
    return Math.floorMod(semitones, 12);
  }

  /** A unison, octave, perfect fifth, third or sixth, by any number of octaves. */
  boolean isConsonant() {
    return isPerfect()
        || (kind() == 2 && (size() == 3 || size() == 4))
        || (kind() == 5 && (size() == 8 || size() == 9));
  }

  /** What may stand between two voices above a third one that is consonant with both. */
  boolean isConsonantAboveBass() {
    return isConsonant()
        || (kind() == 3 && (size() == 5 || size() == 6))
        || (kind() == 4 && size() == 6);
  }

  /** A second, fourth or seventh: what a note held over a bar line may become. */
  boolean isSuspension() {
    return kind() == 1 || kind() == 3 || kind() == 6;
  }

  /** A unison, octave or perfect fifth, by any number of octaves. */
  boolean isPerfect() {
    return (kind() == 0 && size() == 0) || (kind() == 4 && size() == 7);
  }

  /** Whether both are the same perfect consonance, octaves left aside. */
  boolean isParallelPerfect(Interval next) {
    return isPerfect() && next.isPerfect() && kind() == next.kind();
  }

  /** A second, up or down. */
  boolean isStep() {
    int wide = Math.abs(semitones);
    return Math.abs(degrees) == 1 && (wide == 1 || wide == 2);
  }

  /** Wider than a second. */
  boolean isLeap() {
    return Math.abs(degrees) > 1;
  }

  /** Wider than a third. */
  boolean isWideLeap() {
    return Math.abs(degrees) > 2;
  }

  /** 1 upward, -1 downward, 0 for a unison. */
  int direction() {
    return Integer.signum(degrees);
  }

  /**
   * Whether a voice may sing it: a repetition, a second, a third, a perfect fourth, fifth or
   * octave, or a minor sixth upward.
   */
  boolean isSingable() {
    int wide = Math.abs(semitones);
    return switch (Math.abs(degrees)) {
      case 0 -> wide == 0;
      case 1 -> wide == 1 || wide == 2;
      case 2 -> wide == 3 || wide == 4;
      case 3 -> wide == 5;
      case 4 -> wide == 7;
      case 5 -> semitones == 8;
      case 7 -> wide == 12;
      default -> false;
    };
  }
}
