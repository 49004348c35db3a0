package org.tapeloop.nn.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Tokens and their numbers, from 0: the special ones first, in the order they were given, then the
 * others, the most frequent first and of equals the one that comes first by {@link
 * String#compareTo}. That is the order an adaptive softmax wants.
 */
public final class Vocabulary {
  private static final int NONE = -1;

  private final List<String> tokens;
  private final int specials;
  private final int unknown;
  private final Map<String, Integer> ids;

  private Vocabulary(List<String> tokens, int specials, int unknown) {
    this.tokens = List.copyOf(tokens);
    this.specials = specials;
    this.unknown = unknown;
    ids = new HashMap<>();
    for (String token : tokens) {
      requireText(token);
      if (ids.putIfAbsent(token, ids.size()) != null) {
        throw new IllegalArgumentException("vocabulary: '" + token + "' is there twice");
      }
    }
  }

  /** Half of a surrogate pair can't be written to a file and read again. */
  private static void requireText(String token) {
    boolean broken =
        token.codePoints().anyMatch(c -> c <= 0xFFFF && Character.isSurrogate((char) c));
    if (broken || token.isEmpty()) {
      throw new IllegalArgumentException(
          "vocabulary: token '%s' is empty or no valid text".formatted(token));
    }
  }

  /**
   * The tokens that rules allow.
   *
   * @param counts how often each token occurs; special tokens are not counted
   */
  public static Vocabulary of(Map<String, Long> counts, VocabularyRules rules) {
    List<String> special = rules.special();
    List<String> tokens = new ArrayList<>(special);
    counts.entrySet().stream()
        .filter(each -> each.getValue() >= rules.minCount() && !special.contains(each.getKey()))
        .sorted(
            Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(rules.maxSize() - special.size())
        .forEach(each -> tokens.add(each.getKey()));
    return ordered(tokens, special.size(), rules.unknownId());
  }

  /** Tokens in the order of their numbers; {@code unknown} is the number of one of them or -1. */
  static Vocabulary ordered(List<String> tokens, int specials, int unknown) {
    return new Vocabulary(tokens, specials, unknown);
  }

  /** How many tokens there are. */
  public int size() {
    return tokens.size();
  }

  /** All tokens in the order of their numbers. */
  public List<String> tokens() {
    return tokens;
  }

  /**
   * The token of a number.
   *
   * @throws IndexOutOfBoundsException if there is none
   */
  public String token(int id) {
    if (id < 0 || id >= tokens.size()) {
      throw new IndexOutOfBoundsException(
          "vocabulary: %d is not in 0..%d".formatted(id, tokens.size() - 1));
    }
    return tokens.get(id);
  }

  /** Whether a token is in the vocabulary. */
  public boolean contains(String token) {
    return ids.containsKey(token);
  }

  /**
   * The number of a token; of one that is not in the vocabulary that of the unknown token.
   *
   * @throws IllegalArgumentException if there is neither
   */
  public int id(String token) {
    int id = find(token);
    if (id == NONE) {
      throw new IllegalArgumentException(
          "vocabulary: '%s' is not in it, and there is no unknown token".formatted(token));
    }
    return id;
  }

  /** The number of a token or of the unknown one, or -1. */
  int find(String token) {
    return ids.getOrDefault(token, unknown);
  }

  /** How many tokens are special: those with the smallest numbers. */
  public int specials() {
    return specials;
  }

  /** Whether a number is that of a special token. */
  public boolean isSpecial(int id) {
    return id >= 0 && id < specials;
  }

  /** The number of the token that stands for what is not in the vocabulary, if there is one. */
  public OptionalInt unknown() {
    return unknown == NONE ? OptionalInt.empty() : OptionalInt.of(unknown);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Vocabulary that
        && tokens.equals(that.tokens)
        && specials == that.specials
        && unknown == that.unknown;
  }

  @Override
  public int hashCode() {
    return tokens.hashCode();
  }

  @Override
  public String toString() {
    return "vocabulary of %d tokens, %d special".formatted(size(), specials);
  }
}
