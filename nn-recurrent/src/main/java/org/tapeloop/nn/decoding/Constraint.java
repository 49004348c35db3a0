package org.tapeloop.nn.decoding;

import java.util.Arrays;
import java.util.List;

/** What a decoded sequence may look like: which tokens may follow which beginnings. */
@FunctionalInterface
public interface Constraint {

  /** Anything may follow anything. */
  Constraint NONE = (written, token) -> true;

  /**
   * Whether a token may follow.
   *
   * @param written the sequence so far; not to be changed
   */
  boolean allows(int[] written, int token);

  /** Sequences that begin in a given way; what follows is free. */
  static Constraint prefix(int... tokens) {
    int[] wanted = tokens.clone();
    return (written, token) -> written.length >= wanted.length || token == wanted[written.length];
  }

  /**
   * Sequences of a list, and nothing else.
   *
   * @param sequences complete ones, with the token that ends them if there is one
   */
  static Constraint oneOf(List<int[]> sequences) {
    return new ListedSequences(sequences);
  }

  /** Both. */
  default Constraint and(Constraint other) {
    Constraint first = this;
    return new Constraint() {
      @Override
      public boolean allows(int[] written, int token) {
        return first.allows(written, token) && other.allows(written, token);
      }

      @Override
      public boolean restrict(int[] written, double[] scores) {
        return first.restrict(written, scores) && other.restrict(written, scores);
      }
    };
  }

  /**
   * Makes what may not follow impossible: a score of negative infinity. What follows from the whole
   * beginning is worked out here once, where {@link #allows} does it for each token.
   *
   * @param written the sequence so far; not to be changed
   * @param scores one a token; what is impossible already stays so
   * @return whether anything may follow
   */
  default boolean restrict(int[] written, double[] scores) {
    boolean any = false;
    for (int token = 0; token < scores.length; token++) {
      if (!allows(written, token)) {
        scores[token] = Double.NEGATIVE_INFINITY;
      }
      any |= scores[token] != Double.NEGATIVE_INFINITY;
    }
    return any;
  }

  /** A sequence with one more token. */
  static int[] followed(int[] written, int token) {
    int[] longer = Arrays.copyOf(written, written.length + 1);
    longer[written.length] = token;
    return longer;
  }
}
