package org.tapeloop.examples.abc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tapeloop.autograd.RandomStream;

class OpenTuneTest {
  private static final List<String> VOCABULARY =
      List.of(
          ("M:6/8 M:2/4 M:5/16 K:C K:Am c d' ^F, z - 2 3 /2 3/2 (3:2:3 (2:3:2 | || |] |: :| :: [1"
                  + " [2 [M:3/4] [K:G]")
              .split(" ", -1));

  private static OpenTune after(String tokens) {
    OpenTune tune = new OpenTune(VOCABULARY);
    for (String token : tokens.split(" ", -1)) {
      assertTrue(tune.allows(token), () -> token + " of " + tokens);
      tune.add(token);
    }
    return tune;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "c 3;             c z - |: :| (3:2:3 [K:G]; | 2 /2 (2:3:2 [1 M:2/4 K:C",
        "c 3 d';          | || - /2;                2 3 c z (3:2:3 [1 [M:3/4]",
        "c 3 c /2;        c z ||;                   | 2 (3:2:3",
        "c 3 c /2 c;      /2;                       | || c - 2",
        "z 3 z /2 z;      /2;                       -",
        "c 2 (3:2:3 c c;  c /2 3/2 -;               2 3 | || (3:2:3 [K:G]",
        "c -;             c z;                      - 2 /2 |",
        "c 2 d' 2 |;      c z [1 [M:3/4] |:;        - 2 |",
      })
  void afterABarAndThisOnlyWhatLeavesTheBarItsLengthMayFollow(
      String given, String allowed, String refused) {
    OpenTune tune = after("M:2/4 K:C c 2 c 2 | " + given);
    for (String token : allowed.split(" ", -1)) {
      assertTrue(tune.allows(token), token);
    }
    for (String token : refused.split(" ", -1)) {
      assertFalse(tune.allows(token), token);
    }
  }

  @Test
  void aPartMayBeginWithAnUpbeatAndEndWithTheRestOfABar() {
    assertTrue(after("M:2/4 K:C c").allows("|"));
    assertTrue(after("M:2/4 K:C |: c").allows("|"));
    assertTrue(after("M:2/4 K:C c | c 2 c 2 | c 3").allows(":|"));
    assertFalse(after("M:2/4 K:C c | c 3").allows("|"));
  }

  @Test
  void metreAndKeyComeFirstAndATuneHasNotes() {
    OpenTune tune = new OpenTune(VOCABULARY);
    assertFalse(tune.allows("c") || tune.allows("K:C") || tune.mayEnd());
    tune.add("M:6/8");
    assertFalse(tune.allows("c") || tune.allows("M:6/8") || tune.mayEnd());
    assertFalse(after("M:6/8 K:C z").mayEnd());
    assertTrue(after("M:6/8 K:C z c").mayEnd());
    assertFalse(after("M:6/8 K:C (3:2:3 c c").mayEnd());
    assertTrue(after("M:6/8 K:C (3:2:3 c c c").mayEnd());
  }

  /** Any walk through what is allowed ends, and what it ends in is right. */
  @Test
  void whateverIsAllowedBecomesATuneWhoseBarsAreRight() {
    RandomStream random = new RandomStream(1725, 0);
    long drawn = 0;
    for (int walk = 0; walk < 400; walk++) {
      OpenTune tune = new OpenTune(VOCABULARY);
      List<String> tokens = new ArrayList<>();
      while (tokens.size() < 80 || !tune.mayEnd()) {
        List<String> allowed = VOCABULARY.stream().filter(tune::allows).toList();
        assertFalse(allowed.isEmpty() && !tune.mayEnd(), () -> "a dead end: " + tokens);
        if (allowed.isEmpty()) {
          break;
        }
        String token = allowed.get((int) (random.uniform(drawn++) * allowed.size()));
        tokens.add(token);
        tune.add(token);
        assertTrue(tokens.size() < 200, tokens::toString);
      }
      Tune written = AbcParser.parse(TuneTokens.text(1, "A walk", tokens));
      assertEquals("", Bars.firstWrong(written).orElse(""), tokens::toString);
    }
  }

  @Test
  void everyTuneThatIsRightIsAllowed() {
    for (Tune right : EmbeddedTunes.all()) {
      List<String> tokens = TuneTokens.of(right);
      OpenTune tune = new OpenTune(new TreeSet<>(tokens));
      for (String token : tokens) {
        assertTrue(tune.allows(token), () -> "%s of %s".formatted(token, right.title()));
        tune.add(token);
      }
      assertTrue(tune.mayEnd(), right.title());
    }
  }
}
