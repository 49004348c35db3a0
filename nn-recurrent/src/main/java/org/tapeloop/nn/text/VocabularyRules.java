package org.tapeloop.nn.text;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What gets into a vocabulary that is learned from text.
 *
 * <pre>{@code
 * VocabularyRules.ALL.special("<pad>", "<s>", "</s>").unknown("<unk>").minCount(2).maxSize(10_000)
 * }</pre>
 *
 * @param special tokens that stand for no text, numbered from 0 in this order
 * @param unknown the special token that stands for all that is not in the vocabulary, or null if
 *     there must be nothing of this kind
 * @param minCount how often a token must occur
 * @param maxSize how many tokens there may be, special ones counted
 */
public record VocabularyRules(
    List<String> special, @Nullable String unknown, long minCount, int maxSize) {

  /** All that occurs, and no special tokens. */
  public static final VocabularyRules ALL =
      new VocabularyRules(List.of(), null, 1, Integer.MAX_VALUE);

  /** Checks the rules. */
  public VocabularyRules {
    special = List.copyOf(special);
    if (new HashSet<>(special).size() < special.size()) {
      throw new IllegalArgumentException("vocabulary: a special token is given twice: " + special);
    }
    if (unknown != null && !special.contains(unknown)) {
      throw new IllegalArgumentException(
          "vocabulary: the unknown token '%s' is not among the special ones %s"
              .formatted(unknown, special));
    }
    if (minCount < 1) {
      throw new IllegalArgumentException(
          "vocabulary: the least count must be at least 1, not " + minCount);
    }
    if (maxSize <= special.size()) {
      throw new IllegalArgumentException(
          "vocabulary: a size of %d has no room beside %d special tokens"
              .formatted(maxSize, special.size()));
    }
  }

  /** With these special tokens after those that are there. */
  public VocabularyRules special(String... tokens) {
    List<String> all = new ArrayList<>(special);
    all.addAll(List.of(tokens));
    return new VocabularyRules(all, unknown, minCount, maxSize);
  }

  /** With a token, special from now on, for what is not in the vocabulary. */
  public VocabularyRules unknown(String token) {
    VocabularyRules with = special.contains(token) ? this : special(token);
    return new VocabularyRules(with.special, token, minCount, maxSize);
  }

  /** With another least count. */
  public VocabularyRules minCount(long count) {
    return new VocabularyRules(special, unknown, count, maxSize);
  }

  /** With another greatest size. */
  public VocabularyRules maxSize(int size) {
    return new VocabularyRules(special, unknown, minCount, size);
  }

  /** The number of the unknown token, or -1. */
  int unknownId() {
    return unknown == null ? -1 : special.indexOf(unknown);
  }
}
