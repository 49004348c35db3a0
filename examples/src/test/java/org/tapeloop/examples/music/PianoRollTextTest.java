package org.tapeloop.examples.music;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tapeloop.examples.files.Failure;

final class PianoRollTextTest {
  @TempDir private Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("roll.txt"), text);
  }

  private static String failure(Path file) {
    return String.valueOf(assertThrows(Failure.class, () -> PianoRollText.read(file)).getMessage());
  }

  @Test
  void readsALineAsAPiece() throws IOException {
    List<PianoRoll> pieces = PianoRollText.read(file("60,64 - 62\n\n55\n"));
    assertEquals(
        List.of(Frame.of(60, 64), Frame.SILENCE, Frame.of(62)), pieces.getFirst().frames());
    assertEquals(List.of(Frame.of(55)), pieces.get(1).frames());
    assertEquals(2, pieces.size());
  }

  @Test
  void readsChoralesVoiceByVoice() throws IOException {
    List<PianoRoll> pieces = PianoRollText.read(file("72,67,67,48 -1,67,60,-1 -1,-1,-1,-1\n"));
    assertEquals(
        List.of(Frame.of(48, 67, 72), Frame.of(60, 67), Frame.SILENCE), pieces.getFirst().frames());
  }

  @Test
  void writesWhatItReads() throws IOException {
    Path file = file("21,60 108 -\n-\n");
    List<PianoRoll> pieces = PianoRollText.read(file);
    PianoRollText.write(file, pieces);
    assertEquals("21,60 108 -\n-\n", Files.readString(file));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "60 64|x 60 200|line 2, frame 3: '200'",
        "60 64|x 60,,64|line 2, frame 2: ''",
        "60 64|x C4|line 2, frame 2: 'C4'",
        "60 64|x 20|line 2, frame 2: '20'",
        "60 64|x 60;64|line 2, frame 2: '60;64'",
        "60 64|x 60,-2|line 2, frame 2: '-2'",
      })
  void namesFileLineAndFrameOfWhatIsWrong(String first, String second, String where)
      throws IOException {
    String message = failure(file(first + "\n" + second.replace("x", "-") + "\n"));
    assertEquals(
        "%s, %s is no pitch; a frame is - or pitches from 21 to 108 with commas between them, such as 60,64,67"
            .formatted(folder.resolve("roll.txt"), where),
        message);
  }

  @Test
  void refusesAFileWithoutPieces() throws IOException {
    assertEquals(
        folder.resolve("roll.txt") + ": there are no pieces in this file", failure(file("\n \n")));
  }

  @Test
  void refusesWhatIsNoText() throws IOException {
    Path file = folder.resolve("roll.txt");
    Files.write(file, "60 64\n\u00e9".getBytes(StandardCharsets.ISO_8859_1));
    assertTrue(failure(file).startsWith(file + ": not UTF-8 text: byte 6, in line 2"));
  }

  @Test
  void saysThatThereIsNoFile() {
    Path file = folder.resolve("none.txt");
    assertEquals("cannot read " + file + ": there is no such file", failure(file));
  }
}
