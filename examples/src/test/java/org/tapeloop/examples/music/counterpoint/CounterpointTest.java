package org.tapeloop.examples.music.counterpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tapeloop.examples.music.Frame;
import org.tapeloop.examples.music.PianoRoll;

/**
 * The rules again, in semitones and quarters, without the code that composes: what a student would
 * be marked for.
 */
final class CounterpointTest {
  private static final long SEED = 7;
  private static final Set<Integer> CONSONANT = Set.of(0, 3, 4, 7, 8, 9);
  private static final Set<Integer> SUNG = Set.of(0, 1, 2, 3, 4, 5, 7, 8, 12);

  private static final List<Counterpoint> PIECES =
      IntStream.range(0, 90).mapToObj(i -> new Composer(SEED, i).compose()).toList();

  /** Voices as MIDI pitches by quarter, from the lowest up; 0 for a rest. */
  private static int[][] voices(Counterpoint piece) {
    return piece.lines().stream()
        .map(
            line ->
                IntStream.range(0, piece.bars() * Species.BAR)
                    .map(quarter -> line.at(quarter) == null ? 0 : line.at(quarter).pitch())
                    .toArray())
        .toArray(int[][]::new);
  }

  private static boolean agree(int[][] voices, int one, int other, int quarter) {
    int low = voices[Math.min(one, other)][quarter];
    int high = voices[Math.max(one, other)][quarter];
    if (low == 0 || high == 0) {
      return true;
    }
    int apart = (high - low) % 12;
    boolean withLowest = Math.min(one, other) == 0;
    return CONSONANT.contains(apart) || (!withLowest && (apart == 5 || apart == 6));
  }

  private static boolean isDissonant(int[][] voices, int voice, int quarter) {
    return IntStream.range(0, voices.length)
        .anyMatch(other -> other != voice && !agree(voices, voice, other, quarter));
  }

  // ---- what each rule forbids, as a list of places ----

  private static List<String> parallels(int[][] voices) {
    List<String> found = new ArrayList<>();
    for (int low = 0; low < voices.length; low++) {
      for (int high = low + 1; high < voices.length; high++) {
        for (int back : new int[] {1, Species.BAR}) {
          for (int q = back; q < voices[0].length; q += back) {
            int[] one = voices[low];
            int[] two = voices[high];
            boolean rests = one[q - back] == 0 || two[q - back] == 0;
            int before = Math.abs(two[q - back] - one[q - back]) % 12;
            int now = Math.abs(two[q] - one[q]) % 12;
            boolean bothMove = one[q] != one[q - back] && two[q] != two[q - back];
            if (!rests && bothMove && before == now && (now == 0 || now == 7)) {
              found.add("voices %d and %d, quarter %d".formatted(low, high, q));
            }
          }
        }
      }
    }
    return found;
  }

  private static List<String> crossings(int[][] voices) {
    List<String> found = new ArrayList<>();
    for (int low = 0; low + 1 < voices.length; low++) {
      for (int q = 0; q < voices[0].length; q++) {
        boolean inner = q >= Species.BAR && q < voices[0].length - Species.BAR;
        int apart = voices[low + 1][q] - voices[low][q];
        if (voices[low + 1][q] != 0 && (apart < 0 || (inner && apart == 0))) {
          found.add("voices %d and %d, quarter %d".formatted(low, low + 1, q));
        }
      }
    }
    return found;
  }

  private static List<String> badLeaps(int[] voice) {
    List<String> found = new ArrayList<>();
    for (int q = 1; q < voice.length; q++) {
      int wide = voice[q] - voice[q - 1];
      boolean sung = SUNG.contains(Math.abs(wide)) && wide != -8;
      if (voice[q - 1] != 0 && !sung) {
        found.add("quarter " + q);
      }
    }
    return found;
  }

  /** Where a dissonance is neither passing or neighbouring by steps nor a suspension. */
  private static List<String> looseDissonances(Counterpoint piece) {
    int[][] voices = voices(piece);
    List<String> found = new ArrayList<>();
    for (int v = 0; v < voices.length; v++) {
      Line line = piece.lines().get(v);
      for (int q = 0; q < voices[0].length; q++) {
        if (!isDissonant(voices, v, q)) {
          continue;
        }
        boolean excused =
            switch (line.species()) {
              case FIRST -> othersExcuse(piece, voices, v, q);
              case SECOND, THIRD -> q % Species.BAR != 0 && goesByStep(line, q);
              case FOURTH -> q % Species.BAR <= 1 && fallsByStep(line, q);
            };
        if (!excused) {
          found.add("voice %d, quarter %d".formatted(v, q));
        }
      }
    }
    return found;
  }

  /** A voice in whole notes is dissonant only with one that moves against it. */
  private static boolean othersExcuse(Counterpoint piece, int[][] voices, int voice, int quarter) {
    return IntStream.range(0, voices.length)
        .filter(other -> other != voice && !agree(voices, voice, other, quarter))
        .allMatch(other -> piece.lines().get(other).species() != Species.FIRST);
  }

  private static boolean goesByStep(Line line, int quarter) {
    int note = line.noteAt(quarter);
    int before = line.tone(note).pitch() - line.tone(note - 1).pitch();
    int after = line.tone(note + 1).pitch() - line.tone(note).pitch();
    boolean returns = line.species() == Species.THIRD;
    return Math.abs(before) <= 2
        && Math.abs(after) <= 2
        && (returns || Integer.signum(before) == Integer.signum(after));
  }

  private static boolean fallsByStep(Line line, int quarter) {
    int note = line.noteAt(quarter);
    int fall = line.tone(note).pitch() - line.tone(note + 1).pitch();
    return fall == 1 || fall == 2;
  }

  // ---- the tests ----

  @Test
  void noVoicesMoveInParallelFifthsOrOctaves() {
    for (Counterpoint piece : PIECES) {
      assertEquals(List.of(), parallels(voices(piece)));
    }
  }

  @Test
  void voicesKeepTheirOrder() {
    for (Counterpoint piece : PIECES) {
      assertEquals(List.of(), crossings(voices(piece)));
    }
  }

  @Test
  void voicesSingWhatCanBeSung() {
    for (Counterpoint piece : PIECES) {
      for (int[] voice : voices(piece)) {
        assertEquals(List.of(), badLeaps(voice));
        int lowest = IntStream.of(voice).filter(pitch -> pitch > 0).min().orElseThrow();
        assertTrue(IntStream.of(voice).max().orElseThrow() - lowest <= 16);
      }
    }
  }

  @Test
  void dissonancesPassByStepOrAreSuspended() {
    int suspensions = 0;
    int passing = 0;
    for (Counterpoint piece : PIECES) {
      assertEquals(List.of(), looseDissonances(piece));
      int[][] voices = voices(piece);
      for (int v = 0; v < voices.length; v++) {
        for (int q = 0; q < voices[0].length; q++) {
          boolean dissonant = isDissonant(voices, v, q);
          Species species = piece.lines().get(v).species();
          suspensions += dissonant && species == Species.FOURTH ? 1 : 0;
          passing += dissonant && species.passes() ? 1 : 0;
        }
      }
    }
    assertTrue(suspensions > 20, "suspensions: " + suspensions);
    assertTrue(passing > 50, "passing dissonances: " + passing);
  }

  @Test
  void aCantusFirmusHasOneSummitAndComesHomeByStep() {
    for (Counterpoint piece : PIECES) {
      Line cantus = piece.lines().get(piece.cantus());
      int[] pitches = cantus.tones().stream().mapToInt(Tone::pitch).toArray();
      int summit = IntStream.of(pitches).max().orElseThrow();
      assertEquals(1, IntStream.of(pitches).filter(pitch -> pitch == summit).count());
      assertEquals(pitches[0], pitches[pitches.length - 1]);
      int fall = pitches[pitches.length - 2] - pitches[pitches.length - 1];
      assertTrue(fall == 1 || fall == 2);
      assertEquals(piece.bars(), pitches.length);
    }
  }

  @Test
  void piecesEndOnTheirFinalFromItsLeadingNote() {
    for (Counterpoint piece : PIECES) {
      int[][] voices = voices(piece);
      int end = voices[0].length - 1;
      int home = voices[piece.cantus()][end] % 12;
      assertEquals(home, voices[0][0] % 12);
      assertEquals(home, voices[0][end] % 12);
      int rise = piece.mode() == Mode.PHRYGIAN ? 2 : 1;
      long leading =
          IntStream.range(0, voices.length)
              .filter(v -> voices[v][end] % 12 == home)
              .filter(v -> voices[v][end] - voices[v][end - Species.BAR] == rise)
              .count();
      assertEquals(1, leading);
    }
  }

  @Test
  void allSpeciesModesAndNumbersOfVoicesOccur() {
    Set<Species> species = EnumSet.noneOf(Species.class);
    Set<Mode> modes = EnumSet.noneOf(Mode.class);
    for (Counterpoint piece : PIECES) {
      modes.add(piece.mode());
      piece.lines().forEach(line -> species.add(line.species()));
    }
    assertEquals(EnumSet.allOf(Species.class), species);
    assertEquals(EnumSet.allOf(Mode.class), modes);
    for (int voices = 2; voices <= 4; voices++) {
      int wanted = voices;
      assertEquals(30, PIECES.stream().filter(p -> p.lines().size() == wanted).count());
    }
  }

  @Test
  void aSeedGivesItsPieces() {
    List<List<Frame>> first = frames(Exercises.compose(3, SEED));
    assertEquals(PIECES.get(2).roll("a").frames(), first.get(2));
    assertEquals(first, frames(Exercises.compose(3, SEED)));
    assertNotEquals(first, frames(Exercises.compose(3, SEED + 1)));
  }

  private static List<List<Frame>> frames(List<PianoRoll> pieces) {
    return pieces.stream().map(PianoRoll::frames).toList();
  }

  @Test
  void framesHoldWhatTheVoicesSing() {
    Counterpoint piece = PIECES.get(2);
    List<Frame> frames = piece.roll("four voices").frames();
    int[][] voices = voices(piece);
    assertEquals(piece.bars() * 4, frames.size());
    for (int q = 0; q < frames.size(); q++) {
      int quarter = q;
      int[] sounding =
          IntStream.range(0, voices.length)
              .map(v -> voices[v][quarter])
              .filter(pitch -> pitch > 0)
              .toArray();
      assertEquals(Frame.of(sounding), frames.get(q));
    }
  }

  @Test
  void theTestsSeeMistakes() {
    int[][] fifths = {{48, 48, 48, 48, 50}, {55, 55, 55, 55, 57}};
    assertFalse(parallels(fifths).isEmpty());
    int[][] crossed = {
      {60, 60, 60, 60, 65, 65, 60, 60, 60, 60}, {64, 64, 64, 64, 62, 62, 64, 64, 64, 64}
    };
    assertFalse(crossings(crossed).isEmpty());
    assertFalse(badLeaps(new int[] {60, 66}).isEmpty());
    assertFalse(badLeaps(new int[] {68, 60}).isEmpty());
    assertTrue(isDissonant(new int[][] {{60}, {65}}, 1, 0));
  }
}
