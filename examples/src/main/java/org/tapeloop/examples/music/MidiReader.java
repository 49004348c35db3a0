package org.tapeloop.examples.music;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.sound.midi.InvalidMidiDataException;
import javax.sound.midi.MetaMessage;
import javax.sound.midi.MidiEvent;
import javax.sound.midi.MidiSystem;
import javax.sound.midi.Sequence;
import javax.sound.midi.ShortMessage;
import javax.sound.midi.Track;
import org.tapeloop.examples.files.Failure;

/**
 * Reads Standard MIDI Files as frames.
 *
 * <p>A note sounds from the frame nearest to its start up to the one nearest to its end, and in one
 * frame at least. Percussion, which has channel 10, and notes outside a piano's keys are left out;
 * so is the pedal. Tempo and metre are the first ones of the file. Bars before the first note are
 * cut off.
 */
public final class MidiReader {
  /** From 0, where musicians count from 1. */
  private static final int PERCUSSION = 9;

  private static final int META_TEMPO = 0x51;
  private static final int META_METRE = 0x58;
  private static final double MICROSECONDS_PER_MINUTE = 60e6;

  /** A metre's unit is 2 to this power at most: sixty-fourths. */
  private static final int SMALLEST_UNIT = 6;

  private static final int LONGEST = 1_000_000;

  private final Path file;
  private final Sequence sequence;
  private final double ticksPerFrame;
  private final int framesPerBeat;

  private record Note(int pitch, long start, long end) {}

  /** A key of one channel of one track. */
  private record Source(int track, int channel, int pitch) {}

  /**
   * A piece and its time.
   *
   * @param roll its frames
   * @param timing its tempo and bars
   */
  public record Piece(PianoRoll roll, Timing timing) {}

  private MidiReader(Path file, Sequence sequence, int framesPerBeat) {
    this.file = file;
    this.sequence = sequence;
    this.framesPerBeat = framesPerBeat;
    ticksPerFrame = ticksPerBeat(sequence) / framesPerBeat;
  }

  /**
   * The piece in a file.
   *
   * @param framesPerBeat frames in a quarter note
   * @throws Failure naming the file, if it cannot be read, is damaged, or has no notes
   */
  public static Piece read(Path file, int framesPerBeat) {
    return new MidiReader(file, sequence(file), framesPerBeat).piece();
  }

  private static Sequence sequence(Path file) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (IOException e) {
      throw Failure.to("read " + file, e);
    }
    int tracks = MidiChunks.requireTracks(file, bytes);
    Sequence sequence;
    try {
      sequence = MidiSystem.getSequence(new ByteArrayInputStream(bytes));
    } catch (IOException | InvalidMidiDataException e) {
      throw new Failure(file + ": the MIDI file is damaged", e);
    }
    // Java's reader drops tracks that it can't read to their ends, without a word.
    int read = sequence.getTracks().length;
    if (read < tracks) {
      throw new Failure(
          "%s: the MIDI file is damaged: of its %d tracks %d can be read"
              .formatted(file, tracks, read));
    }
    return sequence;
  }

  /** Where ticks are parts of a second, beats are taken to be half seconds. */
  private static double ticksPerBeat(Sequence sequence) {
    return sequence.getDivisionType() == Sequence.PPQ
        ? sequence.getResolution()
        : sequence.getDivisionType() * sequence.getResolution() * 60 / Timing.DEFAULT_TEMPO;
  }

  private Piece piece() {
    List<Note> notes = new ArrayList<>();
    Track[] tracks = sequence.getTracks();
    for (int i = 0; i < tracks.length; i++) {
      collectNotes(i, tracks[i], notes);
    }
    if (notes.isEmpty()) {
      throw new Failure(file + ": there are no notes in this MIDI file, percussion left out");
    }
    Timing timing = timing();
    Frame[] frames = frames(notes);
    int silent = 0;
    while (frames[silent].isSilent()) {
      silent++;
    }
    int cut = silent - silent % timing.framesPerBar();
    return new Piece(
        new PianoRoll(file.toString(), Arrays.asList(frames).subList(cut, frames.length)), timing);
  }

  private void collectNotes(int index, Track track, List<Note> notes) {
    Map<Source, Deque<Long>> sounding = new HashMap<>();
    for (int i = 0; i < track.size(); i++) {
      MidiEvent event = track.get(i);
      if (!(event.getMessage() instanceof ShortMessage message)
          || message.getChannel() == PERCUSSION
          || !Frame.hasKey(message.getData1())) {
        continue;
      }
      Source source = new Source(index, message.getChannel(), message.getData1());
      switch (message.getCommand()) {
        case ShortMessage.NOTE_ON -> {
          if (message.getData2() > 0) {
            sounding.computeIfAbsent(source, key -> new ArrayDeque<>()).add(event.getTick());
          } else {
            end(sounding, source, event.getTick(), notes);
          }
        }
        case ShortMessage.NOTE_OFF -> end(sounding, source, event.getTick(), notes);
        default -> {
          // Pedals, programs and the like.
        }
      }
    }
    // What nobody ends, the end of the track does.
    sounding.forEach(
        (source, starts) ->
            starts.forEach(start -> notes.add(new Note(source.pitch(), start, track.ticks()))));
  }

  private static void end(
      Map<Source, Deque<Long>> sounding, Source source, long tick, List<Note> notes) {
    Deque<Long> starts = sounding.get(source);
    Long start = starts == null ? null : starts.poll();
    if (start != null) {
      notes.add(new Note(source.pitch(), start, tick));
    }
  }

  private Frame[] frames(List<Note> notes) {
    int length = 0;
    for (Note note : notes) {
      length = Math.max(length, endFrame(note));
    }
    Frame[] frames = new Frame[length];
    Arrays.fill(frames, Frame.SILENCE);
    for (Note note : notes) {
      int end = endFrame(note);
      for (int t = startFrame(note); t < end; t++) {
        frames[t] = frames[t].with(note.pitch());
      }
    }
    return frames;
  }

  private int startFrame(Note note) {
    return nearestFrame(note.start());
  }

  private int endFrame(Note note) {
    return Math.max(startFrame(note) + 1, nearestFrame(note.end()));
  }

  private int nearestFrame(long tick) {
    long frame = Math.round(tick / ticksPerFrame);
    if (frame >= LONGEST) {
      throw new Failure(
          "%s: the piece is longer than %,d frames; fewer frames a beat may do"
              .formatted(file, LONGEST));
    }
    return (int) frame;
  }

  private Timing timing() {
    double tempo =
        first(META_TEMPO, 3)
            .map(data -> (data[0] & 0xFF) << 16 | (data[1] & 0xFF) << 8 | (data[2] & 0xFF))
            .filter(microseconds -> microseconds > 0)
            .map(microseconds -> MICROSECONDS_PER_MINUTE / microseconds)
            .orElse(Timing.DEFAULT_TEMPO);
    double beatsPerBar =
        first(META_METRE, 2)
            .filter(data -> data[0] > 0 && data[1] >= 0 && data[1] <= SMALLEST_UNIT)
            .map(data -> data[0] * 4.0 / (1 << data[1]))
            .orElse(4.0);
    return new Timing(
        framesPerBeat, Math.max(1, (int) Math.round(framesPerBeat * beatsPerBar)), tempo);
  }

  /** The data of the earliest meta message of a type, if it has as many bytes or more. */
  private Optional<byte[]> first(int type, int length) {
    return Arrays.stream(sequence.getTracks())
        .flatMap(track -> IntStream.range(0, track.size()).mapToObj(track::get))
        .filter(
            event ->
                event.getMessage() instanceof MetaMessage meta
                    && meta.getType() == type
                    && meta.getData().length >= length)
        .min(Comparator.comparingLong(MidiEvent::getTick))
        .map(event -> ((MetaMessage) event.getMessage()).getData());
  }
}
