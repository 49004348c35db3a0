package org.tapeloop.examples.music.counterpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What voices may sing together: a cantus firmus and voices in the first species, of which one may
 * be in another species.
 *
 * <ul>
 *   <li>On the first quarter of a bar all is consonant with the lowest voice; among the others
 *       fourths, and fifths and fourths that are diminished or augmented, stand too.
 *   <li>Later in a bar the second species may pass through a dissonance by step, and the third also
 *       touch one and return. Two dissonances never follow each other.
 *   <li>A note held over a bar line may be a second, fourth or seventh there, which falls by step
 *       to a consonance.
 *   <li>The lowest voice begins and ends on the final. At the end one voice, never the lowest of
 *       three or more, has the leading note and rises to the final; no other has its degree, and no
 *       tone else is raised.
 * </ul>
 *
 * <p>Left out of the books: the cambiata, imitation, and suspensions in the lowest voice.
 *
 * <p>Source: Fux, Gradus ad Parnassum (1725); Jeppesen, Counterpoint: The Polyphonic Vocal Style of
 * the Sixteenth Century.
 */
final class HarmonyRules {
  private final Mode mode;
  private final List<Line> lines;
  private final int cadence;
  private final MotionRules motion;

  /**
   * Rules for voices from the lowest to the highest.
   *
   * @param cadence which one has the leading note
   */
  HarmonyRules(Mode mode, List<Line> lines, int cadence) {
    this.mode = mode;
    this.lines = lines;
    this.cadence = cadence;
    motion = new MotionRules(lines);
  }

  /**
   * Whether the next tone of a voice may be this, given all that begins earlier and what begins
   * with it in lower voices.
   */
  boolean allow(int voice, Tone next) {
    Line line = lines.get(voice);
    boolean mayRepeat = lines.size() > 2 && line.species() == Species.FIRST;
    return MelodyRules.allow(line, next, mayRepeat)
        && fitsPlace(voice, next)
        && resolves(voice, next)
        && fitsOthers(voice, next)
        && fitsNextBar(voice, next);
  }

  /**
   * Whether a tone that will be held over the next bar line moves well against what is known to
   * begin there: the cantus firmus. The other voices see to it when they get there.
   */
  private boolean fitsNextBar(int voice, Tone next) {
    Line line = lines.get(voice);
    int after = line.size() + 1;
    int barLine = (line.start(line.size()) / Species.BAR + 1) * Species.BAR;
    if (after >= line.length() || line.start(after) <= barLine) {
      return true;
    }
    for (int other = 0; other < lines.size(); other++) {
      if (other != voice
          && lines.get(other).at(barLine) != null
          && !motion.allow(voice, next, other, barLine)) {
        return false;
      }
    }
    return true;
  }

  private boolean fitsOthers(int voice, Tone next) {
    Line line = lines.get(voice);
    int start = line.start(line.size());
    boolean outermost = line.size() == 0 || line.size() == line.length() - 1;
    boolean twoAtAnEnd = lines.size() == 2 && outermost;
    boolean passes = passes(voice, next, start);
    for (int other = 0; other < lines.size(); other++) {
      Interval apart = apart(voice, next, other, start);
      if (apart == null) {
        continue;
      }
      boolean clash =
          isDissonant(apart, Math.min(voice, other) == 0)
              && !passes
              && !lines.get(other).holdsOver(start);
      if (clash || (twoAtAnEnd && !apart.isPerfect()) || !motion.allow(voice, next, other, start)) {
        return false;
      }
    }
    return true;
  }

  // ---- beginnings and endings ----

  private boolean fitsPlace(int voice, Tone next) {
    Line line = lines.get(voice);
    return switch (line.length() - line.size()) {
      case 1 -> ends(voice, next);
      case 2 ->
          voice == cadence
              ? mode.isLeadingNote(next) && !hasFalseRelation(voice, next)
              : !next.raised() && !mode.isBelowFinal(next.degree());
      default -> !next.raised() && (voice > 0 || line.size() > 0 || mode.isFinal(next));
    };
  }

  private boolean ends(int voice, Tone next) {
    if (voice == cadence) {
      Line line = lines.get(voice);
      Interval step = Interval.between(line.tone(line.size() - 1), next);
      return mode.isFinal(next) && step.isStep() && step.direction() > 0;
    }
    boolean onFinal = voice == 0 || lines.size() == 2;
    return onFinal ? mode.isFinal(next) : mode.isOfLastChord(next);
  }

  /** Whether a tone is raised that another voice has natural, now or just before the bar line. */
  private boolean hasFalseRelation(int voice, Tone next) {
    Line line = lines.get(voice);
    int start = line.start(line.size());
    return next.raised()
        && lines.stream()
            .filter(other -> other != line)
            .flatMap(
                other -> IntStream.of(start - start % Species.BAR - 1, start).mapToObj(other::at))
            .anyMatch(tone -> tone != null && (tone.degree() - next.degree()) % 7 == 0);
  }

  // ---- dissonances ----

  /** From the lower of two voices to the higher, where one has a tone and the other sounds. */
  private @Nullable Interval apart(int voice, Tone tone, int other, int quarter) {
    Tone sounding = other == voice ? null : lines.get(other).at(quarter);
    if (sounding == null) {
      return null;
    }
    return other < voice ? Interval.between(sounding, tone) : Interval.between(tone, sounding);
  }

  private static boolean isDissonant(Interval apart, boolean withLowest) {
    return withLowest ? !apart.isConsonant() : !apart.isConsonantAboveBass();
  }

  /** The dissonances of a tone with the other voices in a quarter. */
  private List<Interval> dissonances(int voice, Tone tone, int quarter) {
    List<Interval> found = new ArrayList<>();
    for (int other = 0; other < lines.size(); other++) {
      Interval apart = apart(voice, tone, other, quarter);
      if (apart != null && isDissonant(apart, Math.min(voice, other) == 0)) {
        found.add(apart);
      }
    }
    return found;
  }

  /** Whether a dissonance on a later part of a bar is reached by step from a consonance. */
  private boolean passes(int voice, Tone next, int start) {
    Line line = lines.get(voice);
    int last = line.size() - 1;
    return line.species().passes()
        && start % Species.BAR != 0
        && Interval.between(line.tone(last), next).isStep()
        && dissonances(voice, line.tone(last), line.start(last)).isEmpty();
  }

  /** Whether the tone leads on from a dissonance before it as it must. */
  private boolean resolves(int voice, Tone next) {
    Line line = lines.get(voice);
    int last = line.size() - 1;
    if (last < 0 || line.species() == Species.FIRST) {
      return true;
    }
    int start = line.start(line.size());
    int barLine = start - start % Species.BAR;
    boolean held = line.species() == Species.FOURTH && line.holdsOver(barLine);
    List<Interval> before = dissonances(voice, line.tone(last), held ? barLine : line.start(last));
    Interval step = Interval.between(line.tone(last), next);
    if (before.isEmpty()) {
      return true;
    }
    if (held) {
      boolean known = before.stream().allMatch(Interval::isSuspension);
      return known && step.isStep() && step.direction() < 0;
    }
    int arrived = Interval.between(line.tone(last - 1), line.tone(last)).direction();
    boolean returns = line.species() == Species.THIRD && next.equals(line.tone(last - 1));
    return step.isStep() && (step.direction() == arrived || returns);
  }
}
