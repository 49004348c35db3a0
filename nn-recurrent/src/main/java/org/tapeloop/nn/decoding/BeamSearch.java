package org.tapeloop.nn.decoding;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;

/**
 * Looks for the likeliest sequences by following the best beginnings only.
 *
 * <pre>{@code
 * List<BeamSearch.Hypothesis> best =
 *     new BeamSearch(8, 50, start, end).lengthPenalty(LengthPenalty.gnmt(0.6)).run(model, state);
 * }</pre>
 *
 * <p>At each step every live sequence is continued by every token, and the best {@code width} of
 * all continuations by sum of log-probabilities are kept. Those that end are finished, and take no
 * place in later steps; those that are live after the last step count as finished, and where no
 * token ends a sequence, those that nothing may follow. Finished sequences are ranked by their
 * log-probability over the length penalty. Of equals the lexicographically smaller sequence comes
 * first.
 *
 * @param width how many continuations are kept
 * @param maxLength of a sequence, the end token counted
 * @param start the token that is read first; not part of a sequence
 * @param end the token that ends a sequence, as its last; negative for none
 * @param lengthPenalty of the ranking
 * @param best how many sequences are wanted
 * @param constraint on what may follow what
 */
public record BeamSearch(
    int width,
    int maxLength,
    int start,
    int end,
    LengthPenalty lengthPenalty,
    int best,
    Constraint constraint) {
  /** 1 and what rounding of log-probabilities adds. */
  private static final double MOST_PROBABILITY = 1.001;

  /** Ranked without a penalty, as many sequences as the beam is wide, any sequence allowed. */
  public BeamSearch(int width, int maxLength, int start, int end) {
    this(width, maxLength, start, end, LengthPenalty.NONE, width, Constraint.NONE);
  }

  /** Checks the settings. */
  public BeamSearch {
    if (width < 1 || maxLength < 0 || best < 1) {
      throw new IllegalArgumentException(
          "beam: width %d and best %d must be at least 1, the length %d at least 0"
              .formatted(width, best, maxLength));
    }
  }

  /** With a length penalty. */
  public BeamSearch lengthPenalty(LengthPenalty penalty) {
    return new BeamSearch(width, maxLength, start, end, penalty, best, constraint);
  }

  /** With another number of sequences that are wanted. */
  public BeamSearch best(int sequences) {
    return new BeamSearch(width, maxLength, start, end, lengthPenalty, sequences, constraint);
  }

  /** With a constraint on sequences. */
  public BeamSearch constraint(Constraint allowed) {
    return new BeamSearch(width, maxLength, start, end, lengthPenalty, best, allowed);
  }

  /**
   * A sequence that was found.
   *
   * @param tokens [n], with the token that ends it, unless it was cut at the greatest length
   * @param score the sum of its log-probabilities
   * @param rank this over the length penalty
   */
  public record Hypothesis(IntTensor tokens, double score, double rank) {}

  /** A sequence on its way, with the row of its state. */
  private static final class Path {
    private final int[] tokens;
    private final double score;
    private final int row;

    Path(int[] tokens, double score, int row) {
      this.tokens = tokens;
      this.score = score;
      this.row = row;
    }
  }

  /** Better paths first. */
  private static final Comparator<Path> BETTER =
      Comparator.<Path>comparingDouble(path -> -path.score)
          .thenComparing(path -> path.tokens, Arrays::compare);

  /**
   * The best sequences that are found, the best one first; fewer than wanted where there are no
   * more.
   *
   * @param model gives log-probabilities: {@code logSoftmax} of what it scores with; a row may sum
   *     to less than 1, as where tokens are forbidden
   * @param state the model's, for a batch of one
   * @throws IllegalArgumentException if the probabilities of a row sum to more than 1, as raw
   *     scores' mostly do, or the end token is beyond the vocabulary
   * @throws ArithmeticException if a score is NaN
   */
  public <S> List<Hypothesis> run(TokenModel<S> model, S state) {
    return Autograd.noGrad(() -> search(model, state));
  }

  private <S> List<Hypothesis> search(TokenModel<S> model, S initial) {
    List<Path> live = List.of(new Path(new int[0], 0, 0));
    List<Path> done = new ArrayList<>();
    S state = initial;
    for (int t = 0; t < maxLength && !live.isEmpty(); t++) {
      TokenModel.Scored<S> scored = model.next(lastTokens(live), state);
      List<Path> kept = continued(live, scored, done);
      live = new ArrayList<>();
      for (Path path : kept) {
        (path.tokens[t] == end ? done : live).add(path);
      }
      if (!live.isEmpty()) {
        state = rows(scored.state(), live);
      }
    }
    done.addAll(live);
    return done.stream()
        .map(this::ranked)
        .sorted(
            Comparator.<Hypothesis>comparingDouble(h -> -h.rank)
                .thenComparing(h -> h.tokens.toArray(), Arrays::compare))
        .limit(best)
        .toList();
  }

  private Hypothesis ranked(Path path) {
    double rank = path.score / lengthPenalty.of(path.tokens.length);
    return new Hypothesis(IntTensor.of(path.tokens), path.score, rank);
  }

  private IntTensor lastTokens(List<Path> live) {
    return IntTensor.of(
        live.stream()
            .mapToInt(path -> path.tokens.length == 0 ? start : path.tokens[path.tokens.length - 1])
            .toArray());
  }

  /**
   * The best continuations of all live paths, the best one first.
   *
   * @param done where paths go that have none, if there is no other end
   */
  private List<Path> continued(List<Path> live, TokenModel.Scored<?> scored, List<Path> done) {
    PriorityQueue<Path> worstFirst = new PriorityQueue<>(BETTER.reversed());
    for (int row = 0; row < live.size(); row++) {
      Path path = live.get(row);
      double[] scores = scored.row(row, live.size());
      requireProbabilities(scores);
      if (!constraint.restrict(path.tokens, scores) && end < 0) {
        done.add(path);
      }
      for (int token = 0; token < scores.length; token++) {
        double score = path.score + scores[token];
        boolean full = worstFirst.size() == width;
        if (score == Double.NEGATIVE_INFINITY || (full && score < worstFirst.element().score)) {
          continue;
        }
        worstFirst.add(new Path(Constraint.followed(path.tokens, token), score, row));
        if (full) {
          worstFirst.remove();
        }
      }
    }
    List<Path> kept = new ArrayList<>(worstFirst);
    kept.sort(BETTER);
    return kept;
  }

  private void requireProbabilities(double[] scores) {
    if (end >= scores.length) {
      throw new IllegalArgumentException(
          "beam: the end token %d is beyond the vocabulary of %d".formatted(end, scores.length));
    }
    double sum = 0;
    for (int token = 0; token < scores.length; token++) {
      if (Double.isNaN(scores[token])) {
        throw new ArithmeticException(
            "the score of token %d is NaN; has training diverged?".formatted(token));
      }
      sum += Math.exp(scores[token]);
    }
    if (sum > MOST_PROBABILITY) {
      throw new IllegalArgumentException(
          "beam: scores must be log-probabilities, logSoftmax of a model's output say; these sum to"
              + " a probability of %.3g".formatted(sum));
    }
  }

  /** The states of paths, taken from the rows of those that they continue. */
  private static <S> S rows(S state, List<Path> paths) {
    IntTensor rows = IntTensor.of(paths.stream().mapToInt(path -> path.row).toArray());
    List<Tensor> tensors = TensorTree.flatten(state);
    return TensorTree.rebuild(
        state, tensors.stream().map(tensor -> tensor.indexSelect(0, rows)).toList());
  }
}
