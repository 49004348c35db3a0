package org.tapeloop.examples.melody;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.tapeloop.examples.files.Failure;

/** The tokens that pieces are written with, numbered in alphabetical order; 0 is none of them. */
final class Tokens {
  /** Stands before the first token of a piece and after its last. */
  static final int EDGE = 0;

  private final List<String> names;
  private final Map<String, Integer> numbers = new HashMap<>();

  private Tokens(Collection<String> sorted) {
    names = List.copyOf(sorted);
    for (String name : names) {
      numbers.put(name, numbers.size() + 1);
    }
  }

  /** The tokens that occur in pieces. */
  static Tokens of(Stream<List<String>> pieces) {
    TreeSet<String> sorted = new TreeSet<>();
    pieces.forEach(sorted::addAll);
    return new Tokens(sorted);
  }

  /** Those of {@link #text}. */
  static Tokens ofText(String text) {
    return new Tokens(List.of(text.split(" ", -1)));
  }

  /** All of them. */
  List<String> names() {
    return names;
  }

  /** All of them, with spaces between them. */
  String text() {
    return String.join(" ", names);
  }

  /** How many symbols there are, the edge included. */
  int size() {
    return names.size() + 1;
  }

  /** Whether a token is one of them. */
  boolean contains(String token) {
    return numbers.containsKey(token);
  }

  /**
   * The numbers of a piece's tokens, without edges.
   *
   * @throws Failure if one is unknown
   */
  int[] encode(List<String> piece) {
    return piece.stream().mapToInt(this::number).toArray();
  }

  private int number(String token) {
    Integer number = numbers.get(token);
    if (number == null) {
      throw new Failure(
          "'%s' does not occur in the music that the model learned from".formatted(token));
    }
    return number;
  }

  /** The token of a number other than the edge's. */
  String decode(int number) {
    return names.get(number - 1);
  }
}
