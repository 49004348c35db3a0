package org.tapeloop.nn.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which pairs of tokens become one token, in the order in which that was learned. */
final class MergeRules {

  /**
   * A rule.
   *
   * @param rank its place in the order
   * @param left number of the first token
   * @param right of the second
   * @param merged of what becomes of them
   */
  record Rule(int rank, int left, int right, int merged) {}

  private final List<Rule> rules = new ArrayList<>();
  private final Map<Long, Rule> byPair = new HashMap<>();

  /** A pair as one number; numbers compare by the left token, then by the right one. */
  static long pair(int left, int right) {
    return (long) left << Integer.SIZE | right;
  }

  static int left(long pair) {
    return (int) (pair >> Integer.SIZE);
  }

  static int right(long pair) {
    return (int) pair;
  }

  /** Adds a rule, unless there is one for the pair. */
  void add(int left, int right, int merged) {
    Rule rule = new Rule(rules.size(), left, right, merged);
    if (byPair.putIfAbsent(pair(left, right), rule) == null) {
      rules.add(rule);
    }
  }

  List<Rule> all() {
    return rules;
  }

  /**
   * Applies the earliest rule that fits anywhere, of several places the leftmost, while any does.
   */
  int[] apply(int[] symbols) {
    int[] tokens = symbols.clone();
    int count = tokens.length;
    @Nullable Rule[] at = new Rule[count];
    for (int i = 0; i + 1 < count; i++) {
      at[i] = byPair.get(pair(tokens[i], tokens[i + 1]));
    }
    while (true) {
      int best = -1;
      Rule rule = null;
      for (int i = 0; i + 1 < count; i++) {
        Rule here = at[i];
        if (here != null && (rule == null || here.rank < rule.rank)) {
          best = i;
          rule = here;
        }
      }
      if (rule == null) {
        return Arrays.copyOf(tokens, count);
      }
      tokens[best] = rule.merged;
      System.arraycopy(tokens, best + 2, tokens, best + 1, count - best - 2);
      System.arraycopy(at, best + 2, at, best + 1, count - best - 2);
      count--;
      if (best > 0) {
        at[best - 1] = byPair.get(pair(tokens[best - 1], tokens[best]));
      }
      at[best] = best + 1 < count ? byPair.get(pair(tokens[best], tokens[best + 1])) : null;
    }
  }
}
