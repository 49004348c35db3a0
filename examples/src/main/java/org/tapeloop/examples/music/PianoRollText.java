package org.tapeloop.examples.music;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.files.WholeFile;
import org.tapeloop.examples.text.TextFiles;

/**
 * Pieces as text: a line each, its frames separated by a space, the MIDI pitches of a frame by
 * commas; {@code -} for silence. Pitches may come in any order and more than once, and -1 stands
 * for a voice that rests, so chorales written voice by voice are read too.
 */
public final class PianoRollText {
  private static final String SILENCE = "-";
  private static final String REST = "-1";

  private PianoRollText() {}

  /**
   * The pieces of a file.
   *
   * @throws Failure naming file, line and frame, if it cannot be read as such
   */
  public static List<PianoRoll> read(Path file) {
    List<String> lines = TextFiles.read(file).lines().toList();
    List<PianoRoll> pieces = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).isBlank()) {
        pieces.add(piece("%s, line %d".formatted(file, i + 1), lines.get(i)));
      }
    }
    if (pieces.isEmpty()) {
      throw new Failure(file + ": there are no pieces in this file");
    }
    return pieces;
  }

  private static PianoRoll piece(String name, String line) {
    List<Frame> frames = new ArrayList<>();
    for (String text : line.strip().split(" +", -1)) {
      frames.add(frame("%s, frame %d".formatted(name, frames.size() + 1), text));
    }
    return new PianoRoll(name, frames);
  }

  private static Frame frame(String where, String text) {
    if (text.equals(SILENCE)) {
      return Frame.SILENCE;
    }
    Frame frame = Frame.SILENCE;
    for (String pitch : text.split(",", -1)) {
      if (!pitch.equals(REST)) {
        frame = frame.with(pitch(where, pitch));
      }
    }
    return frame;
  }

  private static int pitch(String where, String text) {
    try {
      int pitch = Integer.parseInt(text);
      if (Frame.hasKey(pitch)) {
        return pitch;
      }
    } catch (NumberFormatException e) {
      // Said below: it is as wrong as a pitch outside the keyboard.
    }
    String shown = text.length() > 20 ? text.substring(0, 20) + "..." : text;
    throw new Failure(
        "%s: '%s' is no pitch; a frame is - or pitches from %d to %d with commas between them, such as 60,64,67"
            .formatted(where, shown, Frame.LOWEST, Frame.HIGHEST));
  }

  /** The pieces as text. */
  public static String format(List<PianoRoll> pieces) {
    return pieces.stream()
        .map(
            piece ->
                piece.frames().stream().map(Frame::toString).collect(Collectors.joining(" "))
                    + "\n")
        .collect(Collectors.joining());
  }

  /**
   * Writes the pieces, a line each.
   *
   * @throws Failure if the file cannot be written
   */
  public static void write(Path file, List<PianoRoll> pieces) {
    WholeFile.write(file, format(pieces));
  }
}
