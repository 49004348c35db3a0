package org.tapeloop.examples.abc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BarsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "EF|GABc dcBA|G8|]; 1/4",
        "|:z(3EFG|GABc dcBA|G8:|; 3/8",
        "GABc dcBA|G8|]; 0",
      })
  void aPickupIsWhatStandsBeforeTheFirstWholeBar(String body, String length) {
    Tune tune = AbcParser.parse("X:1\nM:4/4\nL:1/8\nK:C\n" + body + "\n");
    assertEquals(length, Bars.pickup(tune).toString());
  }
}
