package org.tapeloop.examples.music;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.tapeloop.examples.files.Failure;

/**
 * Pieces from files: MIDI files by their names' ends, alone or all below a folder, and anything
 * else as {@linkplain PianoRollText text}.
 *
 * @param pieces at least one
 * @param timing of the first MIDI file; null for text, which has none
 */
public record MusicFiles(List<PianoRoll> pieces, @Nullable Timing timing) {

  /**
   * How to read.
   *
   * @param framesPerBeat frames in a quarter note of a MIDI file
   * @param transpose semitones to move all pieces by
   */
  public record Reading(int framesPerBeat, int transpose) {}

  /**
   * The pieces of a file, or of all MIDI files below a folder in the order of their paths; hidden
   * ones are left out.
   *
   * @throws Failure naming the file that cannot be read
   */
  public static MusicFiles read(Path path, Reading reading) {
    if (Files.isDirectory(path)) {
      return midi(midiFilesBelow(path), reading);
    }
    if (isMidi(path)) {
      return midi(List.of(path), reading);
    }
    List<PianoRoll> pieces = PianoRollText.read(path);
    return new MusicFiles(pieces.stream().map(p -> transposed(p, reading)).toList(), null);
  }

  private static MusicFiles midi(List<Path> files, Reading reading) {
    List<PianoRoll> pieces = new ArrayList<>();
    Timing timing = null;
    for (Path file : files) {
      MidiReader.Piece piece = MidiReader.read(file, reading.framesPerBeat());
      pieces.add(transposed(piece.roll(), reading));
      timing = timing == null ? piece.timing() : timing;
    }
    return new MusicFiles(pieces, timing);
  }

  private static PianoRoll transposed(PianoRoll piece, Reading reading) {
    try {
      return piece.transposed(reading.transpose());
    } catch (IllegalArgumentException e) {
      var range = piece.pitches();
      throw new Failure(
          "%s: the pitches %d to %d cannot be transposed by %d semitones; a piano has %d to %d"
              .formatted(
                  piece.name(),
                  range.getMin(),
                  range.getMax(),
                  reading.transpose(),
                  Frame.LOWEST,
                  Frame.HIGHEST),
          e);
    }
  }

  private static boolean isMidi(Path file) {
    String name = Objects.requireNonNullElse(file.getFileName(), file).toString();
    String lower = name.toLowerCase(Locale.ROOT);
    return !name.startsWith(".") && (lower.endsWith(".mid") || lower.endsWith(".midi"));
  }

  private static List<Path> midiFilesBelow(Path folder) {
    List<Path> files;
    try (Stream<Path> tree = Files.walk(folder)) {
      files = tree.filter(Files::isRegularFile).filter(MusicFiles::isMidi).sorted().toList();
    } catch (IOException e) {
      throw Failure.to("read the folder " + folder, e);
    } catch (UncheckedIOException e) {
      throw Failure.to("read the folder " + folder, Objects.requireNonNull(e.getCause()));
    }
    if (files.isEmpty()) {
      throw new Failure(folder + ": there are no MIDI files (.mid, .midi) in this folder");
    }
    return files;
  }
}
