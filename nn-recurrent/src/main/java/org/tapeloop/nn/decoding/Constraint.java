package org.tapeloop.nn.decoding;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
    Continuations root = new Continuations(new HashMap<>());
    for (int[] sequence : sequences) {
      Continuations at = root;
      for (int token : sequence) {
        at = at.next.computeIfAbsent(token, unseen -> new Continuations(new HashMap<>()));
      }
    }
    return (written, token) -> {
      Continuations at = root;
      for (int seen : written) {
        at = at == null ? null : at.next.get(seen);
      }
      return at != null && at.next.containsKey(token);
    };
  }

  /**
   * A node of the tree of all beginnings.
   *
   * @param next by token
   */
  record Continuations(Map<Integer, Continuations> next) {}

  /** Both. */
  default Constraint and(Constraint other) {
    return (written, token) -> allows(written, token) && other.allows(written, token);
  }

  /**
   * Makes what may not follow impossible.
   *
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
