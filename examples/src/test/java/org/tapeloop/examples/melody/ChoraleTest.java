package org.tapeloop.examples.melody;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tapeloop.examples.files.Failure;

class ChoraleTest {
  @TempDir private Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("chorales.txt"), text);
  }

  @Test
  void tokensSayWhatBeginsWhatIsHeldAndWhatRests() throws IOException {
    Chorale chorale = Chorale.read(file("67,62,59,43 67,64,-1,43\n")).getFirst();
    assertEquals(List.of("67", "62", "59", "43", "-", "64", "r", "-"), chorale.tokens());
    assertEquals(chorale, Chorale.ofTokens(chorale.tokens()));
  }

  @Test
  void aSixteenthThatBreaksOffIsLeftOut() {
    Chorale chorale = Chorale.ofTokens(List.of("67", "62", "59", "43", "-", "64"));
    assertEquals(new Chorale(List.of(List.of(67, 62, 59, 43))), chorale);
  }

  @Test
  void transposedOnesStayInTheRangesOfTheirVoices() throws IOException {
    List<Chorale> read = Chorale.read(file("67,62,59,43\n69,62,60,43\n"));
    Chorale.Ranges ranges = Chorale.Ranges.of(read);
    assertTrue(ranges.holds(read.getFirst(), 0));
    assertFalse(ranges.holds(read.getFirst(), 1));
    assertEquals(List.of(List.of(69, 64, 61, 45)), read.getFirst().transposed(2).steps());
  }

  @ParameterizedTest
  @ValueSource(strings = {"67,62,59", "67,62,59,43,2", "67,62,59,x", "67,62,59,12", "67,62,59,-2"})
  void refusesWhatIsNoSixteenth(String step) throws IOException {
    Path file = file("67,62,59,43\n67,62,59,43 " + step + "\n");
    Failure e = assertThrows(Failure.class, () -> Chorale.read(file));
    assertEquals(
        file + ", line 2: '" + step + "' is no sixteenth of four voices, such as 67,62,59,43",
        e.getMessage());
  }

  @Test
  void refusesAFileWithoutChorales() throws IOException {
    Path file = file("\n\n");
    Failure e = assertThrows(Failure.class, () -> Chorale.read(file));
    assertEquals(file + ": there are no chorales in it", e.getMessage());
  }
}
