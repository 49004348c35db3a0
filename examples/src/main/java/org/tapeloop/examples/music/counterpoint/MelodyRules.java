package org.tapeloop.examples.music.counterpoint;

import java.util.stream.IntStream;

/**
 * What a voice may sing, whatever the others do.
 *
 * <p>Source: Jeppesen, Counterpoint: The Polyphonic Vocal Style of the Sixteenth Century, on the
 * melodic line and the cantus firmus; Fux, Gradus ad Parnassum (1725).
 */
final class MelodyRules {
  /** A tenth. */
  private static final int WIDEST_RANGE = 16;

  private static final int NARROWEST_CANTUS = 7;
  private static final int PERFECT_FIFTH = 7;

  private MelodyRules() {}

  /**
   * Whether a tone may come next.
   *
   * @param mayRepeat whether a note may be sung twice in a row
   */
  static boolean allow(Line line, Tone next, boolean mayRepeat) {
    int size = line.size();
    if (size == 0) {
      return true;
    }
    Tone last = line.tone(size - 1);
    Interval step = Interval.between(last, next);
    if (!step.isSingable()) {
      return false;
    }
    if (step.direction() == 0 && !mayRepeat) {
      return false;
    }
    if (size == 1) {
      return true;
    }
    Interval before = Interval.between(line.tone(size - 2), last);
    return follows(before, step) && !repeatsItself(line, next) && range(line, next) <= WIDEST_RANGE;
  }

  /**
   * A wide leap turns back, by a step or a third. Leaps in the same direction are two thirds of a
   * fifth. No note is sung three times.
   */
  private static boolean follows(Interval before, Interval step) {
    if (before.isWideLeap()) {
      return step.direction() == -before.direction() && !step.isWideLeap();
    }
    if (before.direction() == 0) {
      return step.direction() != 0;
    }
    boolean onward = step.direction() == before.direction();
    if (before.isLeap() && step.isLeap() && onward) {
      return Math.abs(before.semitones() + step.semitones()) == PERFECT_FIFTH;
    }
    return true;
  }

  /** Two tones in turn, twice. */
  private static boolean repeatsItself(Line line, Tone next) {
    int size = line.size();
    return size >= 3
        && next.equals(line.tone(size - 2))
        && line.tone(size - 1).equals(line.tone(size - 3));
  }

  private static int range(Line line, Tone next) {
    int lowest = next.pitch();
    int highest = lowest;
    for (int note = 0; note < line.size(); note++) {
      int pitch = line.tone(note).pitch();
      lowest = Math.min(lowest, pitch);
      highest = Math.max(highest, pitch);
    }
    return highest - lowest;
  }

  /**
   * Whether a tone may come next in a cantus firmus: it begins on the final, comes back to it from
   * the tone above, moves in steps for the most part, and reaches its highest tone once.
   */
  static boolean allowInCantus(Mode mode, Line line, Tone next) {
    int note = line.size();
    int last = line.length() - 1;
    if (next.raised() || !allow(line, next, false)) {
      return false;
    }
    if (note == 0) {
      return mode.isFinal(next);
    }
    if (note == last) {
      return next.equals(line.tone(0)) && isShapely(line);
    }
    return note != last - 1 || mode.isAboveFinal(next);
  }

  private static boolean isShapely(Line line) {
    var pitches = line.tones().stream().mapToInt(Tone::pitch).summaryStatistics();
    long highest = line.tones().stream().filter(t -> t.pitch() == pitches.getMax()).count();
    long steps =
        IntStream.range(1, line.size())
            .filter(i -> Interval.between(line.tone(i - 1), line.tone(i)).isStep())
            .count();
    return highest == 1
        && pitches.getMax() - pitches.getMin() >= NARROWEST_CANTUS
        && steps * 5 >= (line.size() - 1) * 3L;
  }
}
