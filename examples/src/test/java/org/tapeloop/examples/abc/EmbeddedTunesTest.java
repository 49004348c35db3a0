package org.tapeloop.examples.abc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EmbeddedTunesTest {
  static List<Tune> tunes() {
    return EmbeddedTunes.all();
  }

  @Test
  void areSeventyOfDifferentTitles() {
    Set<String> titles = new HashSet<>();
    tunes().forEach(tune -> titles.add(tune.title()));
    assertEquals(70, titles.size());
  }

  @ParameterizedTest
  @MethodSource("tunes")
  void haveBarsOfTheRightLength(Tune tune) {
    assertEquals("", Bars.firstWrong(tune).orElse(""));
  }

  @ParameterizedTest
  @MethodSource("tunes")
  void soundAsManySemitonesHigherAsTheyAreTransposed(Tune tune) {
    List<Performance.Tone> tones = Performance.of(tune);
    for (int semitones = -5; semitones <= 6; semitones++) {
      List<Performance.Tone> moved = Performance.of(tune.transposed(semitones));
      assertEquals(tones.size(), moved.size());
      for (int i = 0; i < tones.size(); i++) {
        Performance.Tone tone = tones.get(i);
        Performance.Tone expected =
            new Performance.Tone(tone.pitch() + semitones, tone.start(), tone.length());
        assertEquals(expected, moved.get(i));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("tunes")
  void areTheSameAgainFromTheirText(Tune tune) {
    assertEquals(tune, AbcParser.parse(tune.text(1)));
  }

  @ParameterizedTest
  @MethodSource("tunes")
  void soundTheSameFromTheirTokens(Tune tune) {
    Tune again = AbcParser.parse(TuneTokens.text(1, tune.title(), TuneTokens.of(tune)));
    assertEquals(tune.simplified(), again);
    assertEquals(Performance.of(tune), Performance.of(again));
  }

  @Test
  void useFewTokens() {
    Set<String> tokens = new HashSet<>();
    tunes().forEach(tune -> tokens.addAll(TuneTokens.of(tune)));
    assertTrue(tokens.size() < 150, tokens::toString);
  }
}
