package org.tapeloop.nn.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Learns merges: again and again, the most frequent pair of neighbouring tokens becomes a token. Of
 * equally frequent pairs that with the smaller left, then right number comes first.
 *
 * <p>Pairs are counted once; a merge then changes the counts of the pieces it is in only.
 */
final class MergeLearner {
  private final List<String> tokens;
  private final Map<String, Integer> ids = new HashMap<>();
  private final int specials;
  private final int unknown;
  private final List<Piece> pieces = new ArrayList<>();
  private final Map<Long, Occurrences> pairs = new HashMap<>();
  private final PriorityQueue<Candidate> candidates =
      new PriorityQueue<>(
          Comparator.<Candidate>comparingLong(c -> -c.count).thenComparingLong(c -> c.pair));
  private final MergeRules rules = new MergeRules();

  /** A piece of text and how often it occurs. */
  private static final class Piece {
    private int[] tokens;
    private final long count;

    Piece(int[] tokens, long count) {
      this.tokens = tokens;
      this.count = count;
    }
  }

  /** How often a pair occurs, and the pieces where it did. */
  private static final class Occurrences {
    private long count;
    private final Set<Piece> pieces = new HashSet<>();
  }

  /** A pair's count when it was put into the queue: out of date once it differs. */
  private record Candidate(long pair, long count) {}

  /**
   * A learner that has merged nothing.
   *
   * @param base special tokens and alphabet
   * @param counts of pieces, as symbols of the alphabet
   */
  MergeLearner(Vocabulary base, Map<String, Long> counts) {
    tokens = new ArrayList<>(base.tokens());
    tokens.forEach(token -> ids.put(token, ids.size()));
    specials = base.specials();
    unknown = base.unknown().orElse(-1);
    counts.forEach(
        (piece, count) -> pieces.add(new Piece(CharacterTokenizer.encode(piece, base), count)));
    Set<Long> all = new HashSet<>();
    pieces.forEach(piece -> count(piece, piece.count, all));
    offer(all);
  }

  /** Merges while there is room and a pair is frequent enough. */
  void run(int maxSize, long minCount) {
    while (tokens.size() < maxSize && !candidates.isEmpty()) {
      Candidate best = candidates.remove();
      Occurrences found = pairs.get(best.pair);
      if (found == null || found.count != best.count) {
        continue;
      }
      if (best.count < minCount) {
        return;
      }
      merge(best.pair, found);
    }
  }

  private void merge(long pair, Occurrences found) {
    int left = MergeRules.left(pair);
    int right = MergeRules.right(pair);
    String text = tokens.get(left) + tokens.get(right);
    int merged = ids.computeIfAbsent(text, unseen -> tokens.size());
    if (merged < specials) {
      return;
    }
    if (merged == tokens.size()) {
      tokens.add(text);
    }
    rules.add(left, right, merged);
    Set<Long> changed = new HashSet<>();
    for (Piece piece : List.copyOf(found.pieces)) {
      count(piece, -piece.count, changed);
      piece.tokens = merged(piece.tokens, left, right, merged);
      count(piece, piece.count, changed);
    }
    offer(changed);
  }

  private static int[] merged(int[] tokens, int left, int right, int merged) {
    int[] out = new int[tokens.length];
    int count = 0;
    for (int i = 0; i < tokens.length; i++) {
      boolean here = tokens[i] == left && i + 1 < tokens.length && tokens[i + 1] == right;
      out[count++] = here ? merged : tokens[i];
      i += here ? 1 : 0;
    }
    return Arrays.copyOf(out, count);
  }

  /** Adds a piece's pairs to the counts, or takes them away. */
  private void count(Piece piece, long count, Set<Long> changed) {
    int[] in = piece.tokens;
    for (int i = 0; i + 1 < in.length; i++) {
      if (in[i] == unknown || in[i + 1] == unknown) {
        continue;
      }
      long pair = MergeRules.pair(in[i], in[i + 1]);
      Occurrences of = pairs.computeIfAbsent(pair, unseen -> new Occurrences());
      of.count += count;
      if (count > 0) {
        of.pieces.add(piece);
      } else {
        of.pieces.remove(piece);
      }
      changed.add(pair);
    }
  }

  private void offer(Set<Long> changed) {
    for (long pair : changed) {
      Occurrences of = pairs.get(pair);
      if (of == null || of.count == 0) {
        pairs.remove(pair);
      } else {
        candidates.add(new Candidate(pair, of.count));
      }
    }
  }

  /** Base and merged tokens. */
  Vocabulary vocabulary() {
    return Vocabulary.ordered(tokens, specials, unknown);
  }

  MergeRules rules() {
    return rules;
  }
}
