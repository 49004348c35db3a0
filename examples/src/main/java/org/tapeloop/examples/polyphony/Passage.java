package org.tapeloop.examples.polyphony;

import java.util.ArrayList;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.stream.IntStream;
import org.tapeloop.examples.music.PianoRoll;

/**
 * A part of a piece.
 *
 * @param piece the whole
 * @param from its first frame
 * @param to the frame after its last
 * @param lowest pitch of the whole piece; above the highest if it is silent
 * @param highest pitch of the whole piece
 * @param shift semitones that it is moved by
 */
record Passage(PianoRoll piece, int from, int to, int lowest, int highest, int shift) {

  /** A piece as a whole. */
  static Passage whole(PianoRoll piece) {
    return cut(List.of(piece), piece.length()).getFirst();
  }

  /** Pieces in parts of about the same length, none longer than so many frames. */
  static List<Passage> cut(List<PianoRoll> pieces, int longest) {
    List<Passage> passages = new ArrayList<>();
    for (PianoRoll piece : pieces) {
      IntSummaryStatistics range = piece.pitches();
      int parts = Math.ceilDiv(piece.length(), longest);
      for (int i = 0; i < parts; i++) {
        int from = (int) ((long) piece.length() * i / parts);
        int to = (int) ((long) piece.length() * (i + 1) / parts);
        passages.add(new Passage(piece, from, to, range.getMin(), range.getMax(), 0));
      }
    }
    return passages;
  }

  int length() {
    return to - from;
  }

  /** The MIDI pitches of a frame. */
  IntStream pitches(int t) {
    return pitchesOf(from + t);
  }

  /** Those of the frame before, in the whole piece: none before its first. */
  IntStream pitchesBefore(int t) {
    return from + t == 0 ? IntStream.empty() : pitchesOf(from + t - 1);
  }

  private IntStream pitchesOf(int frame) {
    return piece.frames().get(frame).pitches().map(pitch -> pitch + shift);
  }

  /**
   * Moved by up to so many semitones, as far as the whole piece stays between two pitches.
   *
   * @param uniform chooses among the distances, from 0 to below 1
   */
  Passage transposed(int most, int least, int greatest, double uniform) {
    if (lowest > highest) {
      return this;
    }
    int down = Math.min(most, lowest - least);
    int up = Math.min(most, greatest - highest);
    int by = (int) (uniform * (down + up + 1)) - down;
    return new Passage(piece, from, to, lowest, highest, by);
  }
}
