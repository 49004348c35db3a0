package org.tapeloop.examples.music;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import javax.sound.midi.InvalidMidiDataException;
import javax.sound.midi.MetaMessage;
import javax.sound.midi.MidiEvent;
import javax.sound.midi.MidiMessage;
import javax.sound.midi.MidiSystem;
import javax.sound.midi.Sequence;
import javax.sound.midi.ShortMessage;
import javax.sound.midi.Track;
import org.tapeloop.examples.files.WholeFile;

/**
 * Writes frames as a Standard MIDI File of one piano track. A key that sounds in neighbouring
 * frames is one long note. A pickup comes after rests that make its bar whole, so that other
 * programs set their bar lines where they belong.
 */
public final class MidiWriter {
  private static final int TICKS_PER_FRAME = 120;
  private static final int VELOCITY = 80;
  private static final int META_TEMPO = 0x51;
  private static final int META_METRE = 0x58;
  private static final double MICROSECONDS_PER_MINUTE = 60e6;
  private static final int LARGEST_TEMPO = 0xFFFFFF;

  private MidiWriter() {}

  /**
   * Writes a piece.
   *
   * @throws org.tapeloop.examples.files.Failure if the file cannot be written
   */
  public static void write(Path file, List<Frame> frames, Timing timing) {
    WholeFile.write(file, bytes(frames, timing));
  }

  /** The content of the file. */
  static byte[] bytes(List<Frame> frames, Timing timing) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      MidiSystem.write(sequence(frames, timing), 0, out);
    } catch (InvalidMidiDataException e) {
      throw new IllegalStateException("the MIDI messages are well formed", e);
    } catch (IOException e) {
      throw new UncheckedIOException("memory is written to without failing", e);
    }
    return out.toByteArray();
  }

  private static Sequence sequence(List<Frame> frames, Timing timing)
      throws InvalidMidiDataException {
    Sequence sequence = new Sequence(Sequence.PPQ, TICKS_PER_FRAME * timing.framesPerBeat());
    Track track = sequence.createTrack();
    add(track, 0, tempo(timing));
    add(track, 0, metre(timing));
    int rest = timing.missing();
    Frame before = Frame.SILENCE;
    for (int t = 0; t <= frames.size(); t++) {
      Frame now = t == frames.size() ? Frame.SILENCE : frames.get(t);
      for (int pitch : before.pitches().toArray()) {
        if (!now.has(pitch)) {
          add(track, rest + t, new ShortMessage(ShortMessage.NOTE_OFF, 0, pitch, 0));
        }
      }
      for (int pitch : now.pitches().toArray()) {
        if (!before.has(pitch)) {
          add(track, rest + t, new ShortMessage(ShortMessage.NOTE_ON, 0, pitch, VELOCITY));
        }
      }
      before = now;
    }
    return sequence;
  }

  private static void add(Track track, int frame, MidiMessage message) {
    track.add(new MidiEvent(message, (long) frame * TICKS_PER_FRAME));
  }

  private static MetaMessage tempo(Timing timing) throws InvalidMidiDataException {
    int microseconds =
        Math.clamp(Math.round(MICROSECONDS_PER_MINUTE / timing.tempo()), 1, LARGEST_TEMPO);
    byte[] data = {
      (byte) (microseconds >> 16), (byte) (microseconds >> 8), (byte) microseconds,
    };
    return new MetaMessage(META_TEMPO, data, data.length);
  }

  /** In quarters, or in the longest unit of which a bar has a whole number. */
  private static MetaMessage metre(Timing timing) throws InvalidMidiDataException {
    int power = 2;
    long beats = timing.framesPerBar();
    long unit = timing.framesPerBeat();
    while (beats % unit != 0 && power < 6) {
      beats *= 2;
      power++;
    }
    byte[] data = {(byte) Math.clamp(beats / unit, 1, Byte.MAX_VALUE), (byte) power, 24, 8};
    return new MetaMessage(META_METRE, data, data.length);
  }
}
