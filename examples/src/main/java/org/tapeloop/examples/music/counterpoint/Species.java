package org.tapeloop.examples.music.counterpoint;

import java.util.stream.IntStream;

/** How the notes of a voice lie against the whole notes of a cantus firmus. */
enum Species {
  /** A note against each. */
  FIRST(4, 0),
  /** Two notes against each. */
  SECOND(2, 0),
  /** Four notes against each. */
  THIRD(1, 0),
  /** A note against each, half a bar late, so that each is held over a bar line. */
  FOURTH(4, 2);

  /** Quarters, which are the frames, in a bar. */
  static final int BAR = 4;

  private final int duration;
  private final int delay;

  Species(int duration, int delay) {
    this.duration = duration;
    this.delay = delay;
  }

  /** Whether dissonances may be passed through. */
  boolean passes() {
    return this == SECOND || this == THIRD;
  }

  /**
   * The quarters in which notes begin: the last one with the last bar, and where notes are late,
   * the one before it in the middle of the bar before.
   */
  int[] starts(int bars) {
    int last = (bars - 1) * BAR;
    IntStream before = IntStream.iterate(delay, start -> start < last, start -> start + duration);
    return IntStream.concat(before, IntStream.of(last)).toArray();
  }
}
