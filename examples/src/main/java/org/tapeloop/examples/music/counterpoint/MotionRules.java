package org.tapeloop.examples.music.counterpoint;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How two voices may move against each other.
 *
 * <ul>
 *   <li>They do not cross, are in unison in the first and last bars only, and neighbours keep
 *       within an octave of each other, above the lowest within an octave and a fifth; two voices
 *       alone within a tenth.
 *   <li>No parallel unisons, octaves or fifths, from note to note or from bar to bar.
 *   <li>None reached by similar motion in two voices, nor in the outer ones of more unless the
 *       upper goes by step.
 * </ul>
 */
final class MotionRules {
  private static final int OCTAVE = 12;
  private static final int TENTH = 16;
  private static final int OCTAVE_AND_FIFTH = 19;

  private final List<Line> lines;
  private final int lastStart;

  MotionRules(List<Line> lines) {
    this.lines = lines;
    Line any = lines.getFirst();
    lastStart = any.start(any.length() - 1);
  }

  /** Whether a voice may go on with a tone at a quarter while another voice sounds. */
  boolean allow(int voice, Tone next, int other, int start) {
    Line line = lines.get(voice);
    Tone sounding = Objects.requireNonNull(at(other, start));
    boolean fromBarToBar = start % Species.BAR == 0 || line.species() == Species.FOURTH;
    return keepApart(voice, next, other, sounding, start)
        && move(voice, next, other, sounding, start - 1, true)
        && (!fromBarToBar || move(voice, next, other, sounding, start - Species.BAR, false));
  }

  private boolean keepApart(int voice, Tone tone, int other, Tone sounding, int start) {
    int distance = (sounding.pitch() - tone.pitch()) * Integer.signum(other - voice);
    boolean mayMeet = start < Species.BAR || start == lastStart;
    if (distance < 0 || (distance == 0 && !mayMeet)) {
      return false;
    }
    return Math.abs(other - voice) > 1 || distance <= widest(Math.min(voice, other));
  }

  /** The widest distance between a voice and the next above it. */
  private int widest(int voice) {
    if (lines.size() == 2) {
      return TENTH;
    }
    return voice == 0 ? OCTAVE_AND_FIFTH : OCTAVE;
  }

  /** From an earlier quarter, adjacent or not, where either may have rested. */
  private boolean move(
      int voice, Tone next, int other, Tone sounding, int before, boolean adjacent) {
    Tone from = at(voice, before);
    Tone otherFrom = at(other, before);
    if (from == null || otherFrom == null) {
      return true;
    }
    Interval own = Interval.between(from, next);
    Interval others = Interval.between(otherFrom, sounding);
    if (own.direction() == 0 || others.direction() == 0) {
      return true;
    }
    boolean below = voice < other;
    Interval apart = below ? Interval.between(next, sounding) : Interval.between(sounding, next);
    Interval apartBefore =
        below ? Interval.between(from, otherFrom) : Interval.between(otherFrom, from);
    if (apartBefore.isParallelPerfect(apart)) {
      return false;
    }
    boolean outer = Math.abs(voice - other) == lines.size() - 1;
    boolean similar = own.direction() == others.direction();
    if (!adjacent || !outer || !similar || !apart.isPerfect()) {
      return true;
    }
    Interval upper = below ? others : own;
    return lines.size() > 2 && upper.isStep();
  }

  private @Nullable Tone at(int voice, int quarter) {
    return quarter < 0 ? null : lines.get(voice).at(quarter);
  }
}
