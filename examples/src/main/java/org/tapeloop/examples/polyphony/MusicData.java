package org.tapeloop.examples.polyphony;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.IntSummaryStatistics;
import java.util.List;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.music.PianoRoll;
import org.tapeloop.examples.music.PianoRollText;
import org.tapeloop.examples.music.Timing;

/**
 * Pieces in two parts.
 *
 * @param name what they are, for a person
 * @param training to learn from
 * @param validation held out
 * @param timing how fast they are played
 */
record MusicData(String name, List<PianoRoll> training, List<PianoRoll> validation, Timing timing) {
  private static final int HELD_OUT = 10;

  /**
   * Pieces of which the last tenth is held out, one at least.
   *
   * @throws Failure if there are fewer than two
   */
  static MusicData holdingOutLastTenth(String name, List<PianoRoll> pieces, Timing timing) {
    if (pieces.size() < 2) {
      throw new Failure(
          name + ": one piece is not enough: one to learn from and one to hold out are needed");
    }
    int kept = pieces.size() - Math.max(1, pieces.size() / HELD_OUT);
    return new MusicData(
        name, pieces.subList(0, kept), pieces.subList(kept, pieces.size()), timing);
  }

  /** How many frames some pieces have together. */
  static long frames(List<PianoRoll> pieces) {
    return pieces.stream().mapToLong(PianoRoll::length).sum();
  }

  /** The lowest and the highest pitch to learn from, and how many notes there are. */
  IntSummaryStatistics range() {
    IntSummaryStatistics all = new IntSummaryStatistics();
    training.forEach(piece -> all.combine(piece.pitches()));
    return all;
  }

  /** A fingerprint of both parts, by which a resumed run knows its pieces again. */
  String digest() {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(PianoRollText.format(training).getBytes(StandardCharsets.UTF_8));
      sha.update((byte) 0);
      sha.update(PianoRollText.format(validation).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
