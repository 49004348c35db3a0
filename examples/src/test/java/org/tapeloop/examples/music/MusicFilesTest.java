package org.tapeloop.examples.music;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tapeloop.examples.files.Failure;

final class MusicFilesTest {
  private static final MusicFiles.Reading AS_IT_IS = new MusicFiles.Reading(2, 0);

  @TempDir private Path folder;

  private Path midi(String name, int pitch, double tempo) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    MidiWriter.write(file, List.of(Frame.of(pitch)), Timing.commonTime(2, tempo));
    return file;
  }

  private static String failure(Path path, MusicFiles.Reading reading) {
    return assertThrows(Failure.class, () -> MusicFiles.read(path, reading)).getMessage();
  }

  @Test
  void readsTheMidiFilesBelowAFolderInOrderAndTheTimingOfTheFirst() throws IOException {
    midi("b/first.MIDI", 61, 90);
    midi("c.mid", 62, 120);
    midi("a.mid", 60, 75);
    midi(".hidden.mid", 63, 75);
    Files.writeString(folder.resolve("notes.txt"), "no music");
    MusicFiles read = MusicFiles.read(folder, AS_IT_IS);
    assertEquals(
        List.of(List.of(Frame.of(60)), List.of(Frame.of(61)), List.of(Frame.of(62))),
        read.pieces().stream().map(PianoRoll::frames).toList());
    assertEquals(Timing.commonTime(2, 75), read.timing());
  }

  @Test
  void readsTextWhichHasNoTiming() throws IOException {
    Path file = Files.writeString(folder.resolve("pieces"), "60 62\n64\n");
    MusicFiles read = MusicFiles.read(file, new MusicFiles.Reading(4, 12));
    assertEquals(List.of(Frame.of(72), Frame.of(74)), read.pieces().getFirst().frames());
    assertNull(read.timing());
  }

  @Test
  void refusesToTransposeOffTheKeyboard() throws IOException {
    Path file = Files.writeString(folder.resolve("pieces"), "60\n30 100\n");
    assertEquals(
        file
            + ", line 2: the pitches 30 to 100 cannot be transposed by -10 semitones; a piano has"
            + " 21 to 108",
        failure(file, new MusicFiles.Reading(4, -10)));
  }

  @Test
  void refusesAFolderWithoutMidiFiles() throws IOException {
    Files.writeString(folder.resolve("notes.txt"), "60");
    assertEquals(
        folder + ": there are no MIDI files (.mid, .midi) in this folder",
        failure(folder, AS_IT_IS));
  }

  @Test
  void namesTheFileOfAFolderThatIsBroken() throws IOException {
    midi("a.mid", 60, 75);
    Path broken = Files.writeString(folder.resolve("b.mid"), "no music");
    assertEquals(
        broken + ": not a MIDI file: it does not begin with MThd", failure(folder, AS_IT_IS));
  }
}
