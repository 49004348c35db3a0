package org.tapeloop.examples.seq2seq;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.text.TextFiles;

/**
 * Pairs in two parts.
 *
 * @param name where they come from
 * @param training to learn from
 * @param heldOut to be judged by
 */
record Pairs(String name, List<Pair> training, List<Pair> heldOut) {
  /** Where no file of held-out pairs is given, one in so many is held out. */
  private static final int HELD_OUT = 10;

  private static final int DATES = 20_000;
  private static final int HELD_OUT_DATES = 1_000;

  /** The year of the Gregorian calendar. */
  private static final long DATES_SEED = 1582;

  /** Both parts must have pairs. */
  Pairs {
    training = List.copyOf(training);
    heldOut = List.copyOf(heldOut);
    if (training.isEmpty() || heldOut.isEmpty()) {
      throw new Failure(name + ": there are too few pairs to learn from some and hold out others");
    }
  }

  /** Dates as people write them, and as ISO 8601 does. */
  static Pairs dates() {
    List<Pair> all = Dates.draw(DATES + HELD_OUT_DATES, DATES_SEED);
    return new Pairs("dates", all.subList(0, DATES), all.subList(DATES, all.size()));
  }

  /**
   * Those of files with a pair to a line, a tab between its two parts.
   *
   * @param validation pairs to hold out, or null for every tenth
   * @throws Failure naming the line that is something else
   */
  static Pairs read(Path data, @Nullable Path validation) {
    List<Pair> all = read(data);
    if (validation != null) {
      return new Pairs(data.toString(), all, read(validation));
    }
    List<Pair> kept = new ArrayList<>();
    List<Pair> heldOut = new ArrayList<>();
    for (Pair pair : all) {
      boolean held = (kept.size() + heldOut.size() + 1) % HELD_OUT == 0;
      (held ? heldOut : kept).add(pair);
    }
    return new Pairs(data.toString(), kept, heldOut);
  }

  private static List<Pair> read(Path file) {
    List<Pair> pairs = new ArrayList<>();
    int number = 0;
    for (String line : TextFiles.read(file).split("\n", -1)) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      String[] parts = line.strip().split("\t", -1);
      if (parts.length != 2 || parts[0].isBlank() || parts[1].isBlank()) {
        throw new Failure(
            "%s, line %d: expected two texts with a tab between them, not '%s'"
                .formatted(file, number, line.strip()));
      }
      pairs.add(new Pair(parts[0].strip(), parts[1].strip()));
    }
    return pairs;
  }

  /** A fingerprint, by which a resumed run knows its pairs again. */
  String digest() {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      for (List<Pair> part : List.of(training, heldOut)) {
        for (Pair pair : part) {
          sha.update(
              (pair.source() + "\t" + pair.target() + "\n").getBytes(StandardCharsets.UTF_8));
        }
        sha.update((byte) 0);
      }
      return HexFormat.of().formatHex(sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
