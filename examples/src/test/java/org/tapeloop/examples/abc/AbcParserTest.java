package org.tapeloop.examples.abc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AbcParserTest {
  private static final String HEAD = "X:1\nM:4/4\nL:1/4\nK:C\n";

  private static String symbols(String body) {
    return AbcParser.parse(HEAD + body).body().stream()
        .map(Symbol::text)
        .collect(Collectors.joining(" "));
  }

  private static String tones(String tune) {
    return Performance.of(AbcParser.parse(tune)).stream()
        .map(tone -> tone.pitch() + ":" + tone.length())
        .collect(Collectors.joining(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "C2 D/ E3/2 F// G,; C2 D/2 E3/2 F/4 G,",
        "^c' __B =A; ^c' __B =A",
        "A>B c<d e>>f; A3/2 B/2 c/2 d3/2 e7/4 f/4",
        "[CEG]2 [E2C2]; [CEG]2 [CE]2",
        "(3CDE (3:2:2C2E; (3:2:3 C D E (3:2:2 C2 E",
        "A-A z2 x; A- A z2 z",
        "\"Am\"A{gf}!trill!~B(cd)|; A B c d |",
        "|:C|[1D:|[2E|]; |: C | [1 D :| [2 E |]",
        "C:||:D::E||; C :: D :: E ||",
        "C|1D:|2E|; C | [1 D :| [2 E |",
        "C[M:6/8]D[K:Am]E; C [M:6/8] D [K:Am] E",
        "C % a comment; C",
      })
  void readsABody(String body, String expected) {
    assertEquals(expected, symbols(body));
  }

  @Test
  void readsFieldsWithinATuneAndKeepsItsUnit() {
    assertEquals("C D E/2 | [M:3/4] F2", symbols("CD\nL:1/8\nE|\nM:3/4\nF4"));
  }

  @Test
  void takesALetterBeforeAColonForANoteInTheBody() {
    assertEquals("C | D :|", symbols("C|\nD:|"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "X:1~K:H; line 2: K:H: expected a key such as G, F#m or Ador",
        "X:1~M:7~K:C; line 2: M:7: expected a metre such as 6/8 or C",
        "X:1~L:0~K:C; line 2: L:0: expected a length such as 1/8",
        "X:1~K:C~C|@; line 3: '@' at '@' is not understood",
        "X:1~K:C~>C; line 3: > : there is no note before it to lengthen",
        "X:1~K:C~[CE; line 3: '[CE': a chord without ]",
        "X:1~K:C~C0; line 3: '0' is no length",
        "X:1~K:C~V:2~C; line 3: V: tunes of several voices are not supported",
        "X:1~CDE; line 2: expected a field such as M: or K:, not 'CDE'",
        "X:1~K:C~|z|; there are no notes",
        "X:1~T:x; there is no field K:, which ends the head of a tune",
        "X:1~K:C~C>|; a broken rhythm has no second note",
      })
  void refusesWhatIsNoTuneAndSaysWhere(String text, String message) {
    String tune = text.replace('~', '\n');
    AbcException e = assertThrows(AbcException.class, () -> AbcParser.parse(tune));
    assertEquals(message, e.getMessage());
  }

  @Test
  void playsTheSignatureAndAccidentalsUpToTheBarLine() {
    assertEquals("66:1/8 65:1/8 65:1/8 66:1/8 73:1/8", tones("X:1\nL:1/8\nK:D\nF=FF|Fc|"));
  }

  @Test
  void playsTiesAsOneToneAndTupletsInTheirTime() {
    assertEquals("60:3/8 62:1/12 62:1/12 62:1/12", tones("X:1\nL:1/8\nK:C\nC2-C(3DDD"));
  }

  @ParameterizedTest
  @CsvSource({
    "C|:D:|E|, CDDE",
    "C:|D:|, CCDD",
    "|:C|1D:|2E:|F, CDCEF",
    "|:C[1D:|[2E:|[3F||G, CDCECFG",
    "|:C[1-2D:|[3E|], CDCDCE",
    "C::D:|, CCDD",
  })
  void playsRepeatsAndEndings(String body, String order) {
    String letters =
        Performance.of(AbcParser.parse(HEAD + body)).stream()
            .map(tone -> String.valueOf("C D EF".charAt(Math.min(5, tone.pitch() - 60))))
            .collect(Collectors.joining());
    String expected = order.replace('G', 'F');
    assertEquals(expected, letters);
  }

  @ParameterizedTest
  @CsvSource({
    "C|CDEF|G4|]; ",
    "CDE|CDEF|; ",
  })
  void acceptsShortBarsAtTheEdges(String bodies) {
    String body = bodies.substring(0, bodies.indexOf(';'));
    assertEquals(List.of(), Bars.firstWrong(AbcParser.parse(HEAD + body)).stream().toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "CDEF|CDE|CDEF|; bar 2 lasts 3/4 of a whole note, not 1",
        "CDEFG|; bar 1 lasts 5/4 of a whole note, not 1",
        "CDEF|[M:3/4]CDE|CDEF|CDE|; bar 3 lasts 1 of a whole note, not 3/4",
      })
  void findsBarsOfAWrongLength(String body, String message) {
    assertEquals(message, Bars.firstWrong(AbcParser.parse(HEAD + body)).orElse("none"));
  }

  @Test
  void filesLeaveOutWhatIsWrongAndCountIt() {
    AbcFiles.Found found =
        AbcFiles.parse("X:1\nK:C\nCCCC CCCC|\n\nX:2\nK:C\nC9|C|\n\nX:3\nK:Q\nC|\n");
    assertEquals(1, found.tunes().size());
    assertEquals(2, found.leftOut());
    assertTrue(found.firstReason().orElse("").startsWith("X:2: bar 1 lasts 9/8"));
  }
}
