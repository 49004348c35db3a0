package org.tapeloop.examples.melody;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.tapeloop.examples.abc.Tune;
import org.tapeloop.examples.abc.TuneTokens;
import org.tapeloop.examples.files.Failure;

/**
 * Pieces as tokens, in two parts.
 *
 * @param name where they come from
 * @param notation what the tokens mean
 * @param training pieces to learn from, each in as many keys as it is given in
 * @param validation held-out pieces, each once
 */
record Songbook(
    String name, Notation notation, List<List<String>> training, List<List<String>> validation) {

  /** One piece in so many is held out. */
  private static final int HELD_OUT = 10;

  private static final int LOWEST_SHIFT = -5;
  private static final int HIGHEST_SHIFT = 6;

  /** How pieces are written. */
  enum Notation {
    /** Tunes in ABC. */
    ABC,
    /** Four voices in sixteenths. */
    CHORALE
  }

  /** Both parts must have pieces. */
  Songbook {
    training = List.copyOf(training);
    validation = List.copyOf(validation);
    if (training.isEmpty() || validation.isEmpty()) {
      throw new Failure(name + ": there are too few pieces to learn from some and hold out others");
    }
  }

  /** Tunes, to learn from in twelve keys, and held-out ones in their own. */
  static Songbook ofTunes(String name, List<Tune> training, List<Tune> validation) {
    List<List<String>> learned = new ArrayList<>();
    for (Tune tune : training) {
      for (int shift = LOWEST_SHIFT; shift <= HIGHEST_SHIFT; shift++) {
        learned.add(TuneTokens.of(tune.transposed(shift)));
      }
    }
    return new Songbook(
        name, Notation.ABC, learned, validation.stream().map(TuneTokens::of).toList());
  }

  /** Chorales, to learn from in all keys in which no voice leaves the range that it has in them. */
  static Songbook ofChorales(String name, List<Chorale> training, List<Chorale> validation) {
    List<List<String>> learned = new ArrayList<>();
    Chorale.Ranges ranges = Chorale.Ranges.of(training);
    for (Chorale chorale : training) {
      for (int shift = LOWEST_SHIFT; shift <= HIGHEST_SHIFT; shift++) {
        if (ranges.holds(chorale, shift)) {
          learned.add(chorale.transposed(shift).tokens());
        }
      }
    }
    return new Songbook(
        name, Notation.CHORALE, learned, validation.stream().map(Chorale::tokens).toList());
  }

  /** Every tenth of the pieces, from the tenth on. */
  static <P> List<P> heldOut(List<P> pieces) {
    return split(pieces, true);
  }

  /** The pieces that {@link #heldOut} leaves. */
  static <P> List<P> kept(List<P> pieces) {
    return split(pieces, false);
  }

  private static <P> List<P> split(List<P> pieces, boolean heldOut) {
    List<P> part = new ArrayList<>();
    for (int i = 0; i < pieces.size(); i++) {
      if (((i + 1) % HELD_OUT == 0) == heldOut) {
        part.add(pieces.get(i));
      }
    }
    return part;
  }

  /** The tokens of both parts. */
  Tokens tokens() {
    return Tokens.of(Stream.concat(training.stream(), validation.stream()));
  }

  /** A fingerprint, by which a resumed run knows its pieces again. */
  String digest() {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      for (List<List<String>> part : List.of(training, validation)) {
        for (List<String> piece : part) {
          sha.update(String.join(" ", piece).getBytes(StandardCharsets.UTF_8));
          sha.update((byte) '\n');
        }
        sha.update((byte) 0);
      }
      return HexFormat.of().formatHex(sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
