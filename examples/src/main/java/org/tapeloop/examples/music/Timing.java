package org.tapeloop.examples.music;

/**
 * How frames lie in time.
 *
 * @param framesPerBeat frames in a quarter note
 * @param framesPerBar frames between two bar lines
 * @param pickup frames before the first bar line, fewer than a bar has
 * @param tempo quarter notes in a minute
 */
public record Timing(int framesPerBeat, int framesPerBar, int pickup, double tempo) {
  private static final double SECONDS_PER_MINUTE = 60;

  /** Quarter notes in a minute where nothing is said, as in MIDI. */
  public static final double DEFAULT_TEMPO = 120;

  /** Checked. */
  public Timing {
    if (framesPerBeat < 1 || framesPerBar < 1 || !(tempo > 0)) {
      throw new IllegalArgumentException(
          "timing: %d frames a beat, %d a bar and a tempo of %s are not all above 0"
              .formatted(framesPerBeat, framesPerBar, tempo));
    }
    if (pickup < 0 || pickup >= framesPerBar) {
      throw new IllegalArgumentException(
          "timing: a pickup of %d frames does not fit into a bar of %d"
              .formatted(pickup, framesPerBar));
    }
  }

  /** Where the first frame begins a bar. */
  public Timing(int framesPerBeat, int framesPerBar, double tempo) {
    this(framesPerBeat, framesPerBar, 0, tempo);
  }

  /** Bars of four quarter notes. */
  public static Timing commonTime(int framesPerBeat, double tempo) {
    return new Timing(framesPerBeat, 4 * framesPerBeat, tempo);
  }

  /** The same with so many frames before the first bar line. */
  public Timing withPickup(int frames) {
    return new Timing(framesPerBeat, framesPerBar, frames, tempo);
  }

  /** How many frames are missing before the first one for its bar to be whole. */
  int missing() {
    return pickup == 0 ? 0 : framesPerBar - pickup;
  }

  /** How long so many frames sound. */
  public double seconds(int frames) {
    return frames / (double) framesPerBeat * SECONDS_PER_MINUTE / tempo;
  }
}
