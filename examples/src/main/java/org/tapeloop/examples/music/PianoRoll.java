package org.tapeloop.examples.music;

import java.util.IntSummaryStatistics;
import java.util.List;

/**
 * A piece of music as frames of equal duration, one after the other.
 *
 * @param name what to call it in messages
 * @param frames at least one
 */
public record PianoRoll(String name, List<Frame> frames) {

  /** A piece of at least one frame. */
  public PianoRoll {
    if (frames.isEmpty()) {
      throw new IllegalArgumentException("piano roll: " + name + " has no frames");
    }
    frames = List.copyOf(frames);
  }

  /** How many frames it has. */
  public int length() {
    return frames.size();
  }

  /** Whether no key sounds in the whole piece. */
  public boolean isSilent() {
    return frames.stream().allMatch(Frame::isSilent);
  }

  /** The lowest and the highest pitch, and how many notes the frames hold together. */
  public IntSummaryStatistics pitches() {
    return frames.stream().flatMapToInt(Frame::pitches).summaryStatistics();
  }

  /**
   * All frames moved by so many semitones.
   *
   * @throws IllegalArgumentException if a key would leave the keyboard
   */
  public PianoRoll transposed(int semitones) {
    return new PianoRoll(name, frames.stream().map(frame -> frame.transposed(semitones)).toList());
  }
}
