package org.tapeloop.examples.music;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import javax.sound.midi.InvalidMidiDataException;
import javax.sound.midi.MetaMessage;
import javax.sound.midi.MidiEvent;
import javax.sound.midi.MidiSystem;
import javax.sound.midi.Sequence;
import javax.sound.midi.ShortMessage;
import javax.sound.midi.Track;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tapeloop.examples.files.Failure;

final class MidiTest {
  private static final int BEAT = 480;
  private static final int PERCUSSION = 9;

  @TempDir private Path folder;

  /** A sequence that is written note by note. */
  private final class Score {
    private final Sequence sequence;
    private Track track;

    Score(float division, int resolution) throws InvalidMidiDataException {
      sequence = new Sequence(division, resolution);
      track = sequence.createTrack();
    }

    Score track() {
      track = sequence.createTrack();
      return this;
    }

    Score note(int channel, int pitch, long start, long end) throws InvalidMidiDataException {
      track.add(new MidiEvent(new ShortMessage(ShortMessage.NOTE_ON, channel, pitch, 64), start));
      // A note on without velocity ends a note too.
      int off = pitch % 2 == 0 ? ShortMessage.NOTE_ON : ShortMessage.NOTE_OFF;
      track.add(new MidiEvent(new ShortMessage(off, channel, pitch, 0), end));
      return this;
    }

    Score note(int pitch, long start, long end) throws InvalidMidiDataException {
      return note(0, pitch, start, end);
    }

    Score meta(int type, long tick, int... data) throws InvalidMidiDataException {
      byte[] bytes = new byte[data.length];
      for (int i = 0; i < data.length; i++) {
        bytes[i] = (byte) data[i];
      }
      track.add(new MidiEvent(new MetaMessage(type, bytes, bytes.length), tick));
      return this;
    }

    Path file() throws IOException {
      Path file = folder.resolve("piece.mid");
      MidiSystem.write(sequence, 1, file.toFile());
      return file;
    }
  }

  private Score score() throws InvalidMidiDataException {
    return new Score(Sequence.PPQ, BEAT);
  }

  private static List<Frame> frames(Path file, int framesPerBeat) {
    return MidiReader.read(file, framesPerBeat).roll().frames();
  }

  private static String failure(Path file) {
    return String.valueOf(assertThrows(Failure.class, () -> MidiReader.read(file, 4)).getMessage());
  }

  @Test
  void aNoteSoundsInTheFramesNearestToIt() throws Exception {
    // In frames of 120 ticks: 0..2, 0.4..1.4 (so 0..1), 2.6..2.7 (so one frame from 3).
    Path file = score().note(60, 0, 240).note(64, 48, 168).note(67, 312, 324).file();
    assertEquals(
        List.of(Frame.of(60, 64), Frame.of(60), Frame.SILENCE, Frame.of(67)), frames(file, 4));
  }

  @Test
  void tracksAndChannelsSoundTogetherButForPercussion() throws Exception {
    Path file =
        score()
            .note(60, 0, BEAT)
            .track()
            .note(3, 60, BEAT, 2 * BEAT)
            .note(PERCUSSION, 40, 0, 2 * BEAT)
            .note(5, 72, 0, BEAT)
            .file();
    assertEquals(List.of(Frame.of(60, 72), Frame.of(60)), frames(file, 1));
  }

  @Test
  void theSameKeyStruckTwiceEndsTwice() throws Exception {
    Path file = score().note(61, 0, 3 * BEAT).note(61, BEAT, 2 * BEAT).note(70, 0, 10).file();
    assertEquals(List.of(Frame.of(61, 70), Frame.of(61), Frame.of(61)), frames(file, 1));
  }

  @Test
  void aNoteThatNobodyEndsLastsAsLongAsItsTrack() throws Exception {
    Score score = score().note(60, 0, 2 * BEAT);
    score.track.add(new MidiEvent(new ShortMessage(ShortMessage.NOTE_ON, 0, 67, 64), BEAT));
    assertEquals(List.of(Frame.of(60), Frame.of(60, 67)), frames(score.file(), 1));
  }

  @Test
  void silentBarsAtTheStartAreCutOff() throws Exception {
    Path file = score().note(60, 9 * BEAT, 10 * BEAT).file();
    assertEquals(List.of(Frame.SILENCE, Frame.of(60)), frames(file, 1));
  }

  @Test
  void tempoAndMetreAreTheFirstOnes() throws Exception {
    Path file =
        score()
            .note(60, 0, BEAT)
            .track()
            .meta(0x51, 0, 0x09, 0x27, 0xC0) // 600,000 microseconds: 100 beats a minute
            .meta(0x51, BEAT, 0x07, 0xA1, 0x20)
            .meta(0x58, 0, 6, 3, 24, 8) // six eighths
            .file();
    assertEquals(new Timing(4, 12, 100), MidiReader.read(file, 4).timing());
    assertEquals(
        new Timing(2, 8, 120), MidiReader.read(score().note(60, 0, 480).file(), 2).timing());
  }

  @Test
  void ticksOfASecondAreRead() throws Exception {
    // 25 frames of 40 ticks: 1000 a second, 500 a beat.
    Path file = new Score(Sequence.SMPTE_25, 40).note(60, 0, 500).note(62, 500, 1000).file();
    assertEquals(List.of(Frame.of(60), Frame.of(62)), frames(file, 1));
  }

  @Test
  void whatIsWrittenIsReadAgain() {
    List<Frame> frames =
        List.of(Frame.of(60, 64), Frame.of(60, 65), Frame.SILENCE, Frame.of(21), Frame.of(108, 21));
    for (Timing timing :
        List.of(new Timing(1, 4, 100), new Timing(4, 16, 75), new Timing(2, 7, 90))) {
      Path file = folder.resolve("written.mid");
      MidiWriter.write(file, frames, timing);
      assertEquals(frames, frames(file, timing.framesPerBeat()));
      Timing read = MidiReader.read(file, timing.framesPerBeat()).timing();
      assertEquals(timing.framesPerBar(), read.framesPerBar());
      assertEquals(timing.tempo(), read.tempo(), 1e-3);
    }
  }

  @Test
  void aPickupEndsTheBarThatItStandsIn() {
    Path file = folder.resolve("pickup.mid");
    MidiWriter.write(file, List.of(Frame.of(67), Frame.of(60)), new Timing(2, 6, 90).withPickup(1));
    List<Frame> expected = new ArrayList<>(Collections.nCopies(5, Frame.SILENCE));
    expected.addAll(List.of(Frame.of(67), Frame.of(60)));
    assertEquals(expected, frames(file, 2));
    assertThrows(IllegalArgumentException.class, () -> new Timing(2, 6, 90).withPickup(6));
  }

  @Test
  void aHeldKeyIsWrittenAsOneNote() throws Exception {
    Path file = folder.resolve("held.mid");
    MidiWriter.write(
        file, List.of(Frame.of(60), Frame.of(60), Frame.of(60, 64)), Timing.commonTime(1, 120));
    Track track = MidiSystem.getSequence(file.toFile()).getTracks()[0];
    long struck = 0;
    for (int i = 0; i < track.size(); i++) {
      struck +=
          track.get(i).getMessage() instanceof ShortMessage m
                  && m.getCommand() == ShortMessage.NOTE_ON
              ? 1
              : 0;
    }
    assertEquals(2, struck);
  }

  @Test
  void refusesAFileWithoutNotes() throws Exception {
    Path file = score().note(PERCUSSION, 40, 0, BEAT).note(7, 10, 0, BEAT).file();
    assertEquals(
        file + ": there are no notes in this MIDI file, percussion left out", failure(file));
  }

  @Test
  void refusesWhatIsNoMidiFile() throws Exception {
    Path file = Files.writeString(folder.resolve("text.mid"), "no music");
    assertEquals(file + ": not a MIDI file: it does not begin with MThd", failure(file));
    Files.write(file, new byte[0]);
    assertEquals(file + ": the file is empty", failure(file));
    Path none = folder.resolve("none.mid");
    assertEquals("cannot read " + none + ": there is no such file", failure(none));
  }

  @Test
  void refusesAFileThatIsCutShortAnywhere() throws Exception {
    Path file = score().note(60, 0, BEAT).track().note(64, 0, BEAT).file();
    byte[] whole = Files.readAllBytes(file);
    for (int length = 4; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      String message = failure(file);
      assertTrue(message.startsWith(file + ": the MIDI file is"), message);
      assertTrue(message.contains("cut short"), message);
    }
  }

  @Test
  void refusesAPieceWithoutEnd() throws Exception {
    Path file = score().note(60, 0, 2_000_000_000L / 8).file();
    Path tooLong = folder.resolve("long.mid");
    byte[] bytes = Files.readAllBytes(file);
    // One tick a beat makes the same note last for hundreds of millions of beats.
    bytes[12] = 0;
    bytes[13] = 1;
    Files.write(tooLong, bytes);
    assertEquals(
        tooLong + ": the piece is longer than 1,000,000 frames; fewer frames a beat may do",
        failure(tooLong));
  }

  @Test
  @Timeout(30)
  void damagedBytesGiveAFailureOrAPieceButNoDefect() throws Exception {
    Path file = score().note(60, 0, BEAT).note(64, BEAT, 2 * BEAT).file();
    byte[] whole = Files.readAllBytes(file);
    for (int i = 0; i < whole.length; i++) {
      for (int value : new int[] {0, 1, 0x7F, 0x80, 0xFF}) {
        byte[] damaged = whole.clone();
        damaged[i] = (byte) value;
        Files.write(file, damaged);
        try {
          MidiReader.read(file, 4);
        } catch (Failure e) {
          assertTrue(String.valueOf(e.getMessage()).contains(file.toString()));
        }
      }
    }
  }

  @Test
  void headerAloneIsNamedAsSuch() throws Exception {
    Path file = folder.resolve("short.mid");
    Files.write(file, "MThd\0\0".getBytes(StandardCharsets.US_ASCII));
    assertEquals(file + ": the MIDI file is cut short in its header", failure(file));
  }
}
