package org.tapeloop.examples.music;

import java.nio.file.Path;
import java.util.List;

/** A piece in three files: MIDI, sound and picture. */
public final class Rendering {
  private Rendering() {}

  /**
   * Writes a piece.
   *
   * @param base what the files are called, without the ends of their names
   * @param title above the picture
   * @param given how many frames at the start were given rather than made
   * @return the files
   * @throws org.tapeloop.examples.files.Failure if one cannot be written
   */
  public static List<Path> write(
      Path base, String title, List<Frame> frames, Timing timing, int given) {
    Path midi = base.resolveSibling(base.getFileName() + ".mid");
    Path sound = base.resolveSibling(base.getFileName() + ".wav");
    Path picture = base.resolveSibling(base.getFileName() + ".png");
    MidiWriter.write(midi, frames, timing);
    WavWriter.write(sound, frames, timing);
    RollPicture.write(picture, title, frames, timing, given);
    return List.of(midi, sound, picture);
  }
}
