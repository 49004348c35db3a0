package org.tapeloop.examples.music;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The keys of a piano that sound at one time.
 *
 * @param low a bit for each of the lowest 64 keys, the lowest key in the lowest bit
 * @param high the same for the other 24
 */
public record Frame(long low, long high) {
  /** Keys of a piano. */
  public static final int KEYS = 88;

  /** The MIDI pitch of the lowest key, A0. */
  public static final int LOWEST = 21;

  /** The MIDI pitch of the highest key, C8. */
  public static final int HIGHEST = LOWEST + KEYS - 1;

  /** No key sounds. */
  public static final Frame SILENCE = new Frame(0, 0);

  /** Whether a piano has a key of this MIDI pitch. */
  public static boolean hasKey(int pitch) {
    return pitch >= LOWEST && pitch <= HIGHEST;
  }

  /**
   * The keys of some MIDI pitches, in any order.
   *
   * @throws IllegalArgumentException if there is no such key
   */
  public static Frame of(int... pitches) {
    Frame frame = SILENCE;
    for (int pitch : pitches) {
      frame = frame.with(pitch);
    }
    return frame;
  }

  /**
   * This frame and one key more.
   *
   * @throws IllegalArgumentException if there is no such key
   */
  public Frame with(int pitch) {
    int key = requireKey(pitch);
    return key < Long.SIZE
        ? new Frame(low | 1L << key, high)
        : new Frame(low, high | 1L << (key - Long.SIZE));
  }

  /** Whether the key of a MIDI pitch sounds. */
  public boolean has(int pitch) {
    int key = requireKey(pitch);
    return ((key < Long.SIZE ? low >> key : high >> (key - Long.SIZE)) & 1) != 0;
  }

  private static int requireKey(int pitch) {
    if (!hasKey(pitch)) {
      throw new IllegalArgumentException(
          "frame: %d is no key of a piano, which has %d..%d".formatted(pitch, LOWEST, HIGHEST));
    }
    return pitch - LOWEST;
  }

  /** The MIDI pitches that sound, in ascending order. */
  public IntStream pitches() {
    return IntStream.rangeClosed(LOWEST, HIGHEST).filter(this::has);
  }

  /** How many keys sound. */
  public int size() {
    return Long.bitCount(low) + Long.bitCount(high);
  }

  /** Whether no key sounds. */
  public boolean isSilent() {
    return size() == 0;
  }

  /**
   * All keys moved by so many semitones.
   *
   * @throws IllegalArgumentException if one would leave the keyboard
   */
  public Frame transposed(int semitones) {
    return semitones == 0 ? this : of(pitches().map(pitch -> pitch + semitones).toArray());
  }

  /** The pitches with commas between them, or {@code -}. */
  @Override
  public String toString() {
    return isSilent()
        ? "-"
        : pitches().mapToObj(Integer::toString).collect(Collectors.joining(","));
  }
}
