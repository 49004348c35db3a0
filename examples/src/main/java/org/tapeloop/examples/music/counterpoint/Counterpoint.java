package org.tapeloop.examples.music.counterpoint;

import java.util.ArrayList;
import java.util.List;
import org.tapeloop.examples.music.Frame;
import org.tapeloop.examples.music.PianoRoll;

/**
 * A piece of species counterpoint.
 *
 * @param mode its mode
 * @param bars of four quarters
 * @param cantus which voice has the cantus firmus
 * @param lines the voices from the lowest to the highest
 */
record Counterpoint(Mode mode, int bars, int cantus, List<Line> lines) {
  /** The piece as frames of a quarter. */
  PianoRoll roll(String name) {
    List<Frame> frames = new ArrayList<>();
    for (int quarter = 0; quarter < bars * Species.BAR; quarter++) {
      Frame frame = Frame.SILENCE;
      for (Line line : lines) {
        Tone tone = line.at(quarter);
        frame = tone == null ? frame : frame.with(tone.pitch());
      }
      frames.add(frame);
    }
    return new PianoRoll(name, frames);
  }
}
