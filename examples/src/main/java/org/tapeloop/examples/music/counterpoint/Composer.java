package org.tapeloop.examples.music.counterpoint;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.tapeloop.autograd.RandomStream;

/**
 * Composes one piece: it draws mode, length and voices, then looks for notes that obey the rules,
 * in the order of time and from the lowest voice up, going back where none does. What cannot be
 * finished soon is given up for another draft.
 */
final class Composer {
  private static final int FEWEST_BARS = 8;
  private static final int MOST_BARS = 13;
  private static final int PATIENCE = 3000;

  /** The lowest pitch of each of two, three and four voices. */
  private static final int[][] LOWEST = {{48, 57}, {43, 52, 60}, {41, 48, 55, 60}};

  /** An octave. */
  private static final int WIDEST_LEAP = 7;

  /** An octave and a sixth. */
  private static final int COMPASS = 21;

  /** Whole notes in all voices are dull, so they are rare. */
  private static final Species[] FLORID = {
    Species.FIRST,
    Species.SECOND,
    Species.SECOND,
    Species.THIRD,
    Species.THIRD,
    Species.THIRD,
    Species.FOURTH,
    Species.FOURTH,
  };

  private static final List<Mode> MODES = List.of(Mode.values());

  private final RandomStream random;
  private final int voices;
  private final Species florid;
  private long drawn;
  private int tried;

  /** A note to find: the next of a voice. */
  private record Slot(int voice, int start) {}

  /** A tone and where chance has put it in line. */
  private record Candidate(Tone tone, double rank) {}

  /** Whether a tone may come next in a voice. */
  private interface Rule {
    boolean allows(int voice, Tone next);
  }

  /**
   * The composer of a piece.
   *
   * @param number two voices for one, three for the next, four for the one after that, and so on
   */
  Composer(long seed, long number) {
    random = new RandomStream(seed, number);
    voices = 2 + (int) (number % 3);
    florid = FLORID[draw(FLORID.length)];
  }

  Counterpoint compose() {
    while (true) {
      Counterpoint draft = draft();
      if (fill(draft)) {
        return draft;
      }
    }
  }

  /** A number below a bound. */
  private int draw(int bound) {
    return (int) (uniform() * bound);
  }

  private double uniform() {
    return random.uniform(drawn++);
  }

  private Counterpoint draft() {
    int bars = FEWEST_BARS + draw(MOST_BARS - FEWEST_BARS + 1);
    Mode mode = MODES.get(draw(MODES.size()));
    int cantus = draw(voices);
    return new Counterpoint(mode, bars, cantus, lines(bars, cantus));
  }

  /** One of the voices that are not the cantus firmus may be in any species. */
  private List<Line> lines(int bars, int cantus) {
    int lowest = florid == Species.FOURTH ? 1 : 0;
    List<Integer> free =
        IntStream.range(lowest, voices).filter(voice -> voice != cantus).boxed().toList();
    int chosen = free.isEmpty() ? -1 : free.get(draw(free.size()));
    return IntStream.range(0, voices)
        .mapToObj(voice -> new Line(voice == chosen ? florid : Species.FIRST, bars))
        .toList();
  }

  private boolean fill(Counterpoint draft) {
    List<Line> lines = draft.lines();
    Line cantus = lines.get(draft.cantus());
    HarmonyRules rules = new HarmonyRules(draft.mode(), lines, cadence(draft));
    return fill(
            draft,
            slots(lines, voice -> voice == draft.cantus()),
            (voice, next) -> MelodyRules.allowInCantus(draft.mode(), cantus, next))
        && fill(draft, slots(lines, voice -> voice != draft.cantus()), rules::allow);
  }

  /** The voice that closes: the florid one if it can, else one above the lowest. */
  private int cadence(Counterpoint draft) {
    List<Line> lines = draft.lines();
    int lowest = lines.size() == 2 ? 0 : 1;
    List<Integer> able =
        IntStream.range(lowest, lines.size())
            .filter(voice -> voice != draft.cantus())
            .boxed()
            .toList();
    return able.stream()
        .filter(voice -> lines.get(voice).species() != Species.FIRST)
        .findFirst()
        .orElseGet(() -> able.get(draw(able.size())));
  }

  private static List<Slot> slots(List<Line> lines, IntPredicate voices) {
    return IntStream.range(0, lines.size())
        .filter(voices)
        .boxed()
        .flatMap(
            voice ->
                IntStream.range(0, lines.get(voice).length())
                    .mapToObj(note -> new Slot(voice, lines.get(voice).start(note))))
        .sorted(Comparator.comparingInt(Slot::start).thenComparingInt(Slot::voice))
        .toList();
  }

  private boolean fill(Counterpoint draft, List<Slot> slots, Rule rule) {
    tried = 0;
    return fill(draft, slots, 0, rule);
  }

  private boolean fill(Counterpoint draft, List<Slot> slots, int from, Rule rule) {
    if (from == slots.size()) {
      return true;
    }
    int voice = slots.get(from).voice();
    Line line = draft.lines().get(voice);
    for (Tone next : candidates(draft, voice)) {
      if (tried++ > PATIENCE) {
        return false;
      }
      if (rule.allows(voice, next)) {
        line.add(next);
        if (fill(draft, slots, from + 1, rule)) {
          return true;
        }
        line.removeLast();
      }
    }
    return false;
  }

  /** What may come next in a voice, in an order of chance that favours steps. */
  private List<Tone> candidates(Counterpoint draft, int voice) {
    Line line = draft.lines().get(voice);
    int lowest = LOWEST[draft.lines().size() - 2][voice];
    List<Candidate> found = new ArrayList<>();
    for (int degree = Tone.notBelow(lowest).degree();
        new Tone(degree).pitch() <= lowest + COMPASS;
        degree++) {
      int distance = line.size() == 0 ? 0 : degree - line.tone(line.size() - 1).degree();
      if (Math.abs(distance) > WIDEST_LEAP) {
        continue;
      }
      // The largest of w numbers from 0 to 1 is distributed as the w-th root of one of them.
      double rank = StrictMath.pow(uniform(), 1 / weight(distance, line.species()));
      found.add(new Candidate(new Tone(degree), rank));
      if (draft.mode().isBelowFinal(degree)) {
        found.add(new Candidate(draft.mode().leadingNote(degree), rank));
      }
    }
    return found.stream()
        .sorted(Comparator.comparingDouble(Candidate::rank).reversed())
        .map(Candidate::tone)
        .toList();
  }

  private static double weight(int distance, Species species) {
    return switch (Math.abs(distance)) {
      case 0 -> 0.5;
      case 1 -> species == Species.THIRD ? 12 : 6;
      case 2 -> 2;
      default -> 1;
    };
  }
}
