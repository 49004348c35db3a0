package org.tapeloop.nn.decoding;

import java.util.HashSet;
import java.util.Set;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Tensor;

/**
 * How the next token is drawn from a model's scores, starting from {@link #PLAIN}: {@code
 * Sampler.PLAIN.temperature(0.8).topP(0.95)}.
 *
 * <p>In this order: tokens that were written before are made less likely, scores are divided by the
 * temperature, all but the likeliest k are dropped, then all but the fewest of these that together
 * have at least the part p of their probability (the nucleus), then those with less than a part of
 * the likeliest one's probability; the rest is drawn from. Of equal scores the smaller token counts
 * as likelier.
 *
 * <p>Source: top-k, Fan, Lewis and Dauphin 2018, arXiv 1805.04833; nucleus, Holtzman et al. 2020,
 * arXiv 1904.09751; min-p, Nguyen et al. 2024, arXiv 2407.01082; repetition penalty, Keskar et al.
 * 2019, arXiv 1909.05858.
 *
 * @param temperature 0 takes the likeliest token always, 1 draws from the model's own distribution
 * @param topK how many tokens stay; 0 keeps them all
 * @param topP the part of the probability that the nucleus must have, in (0, 1]; 1 keeps all
 * @param minP tokens with less than this part of the largest probability are dropped, in [0, 1]
 * @param repetitionPenalty at least 1, which does nothing; a score above 0 of a token that was
 *     written before is divided by it, one below is multiplied
 */
public record Sampler(
    double temperature, int topK, double topP, double minP, double repetitionPenalty) {

  /** Draws from the model's own distribution. */
  public static final Sampler PLAIN = new Sampler(1, 0, 1, 0, 1);

  /** Takes the likeliest token always. */
  public static final Sampler GREEDY = PLAIN.temperature(0);

  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException naming what is out of range
   */
  public Sampler {
    if (!(temperature >= 0 && Double.isFinite(temperature))) {
      throw new IllegalArgumentException("temperature must be 0 or more, not " + temperature);
    }
    if (topK < 0) {
      throw new IllegalArgumentException("top-k must be 0 (all) or more, not " + topK);
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException("top-p must be above 0 and at most 1, not " + topP);
    }
    if (!(minP >= 0 && minP <= 1)) {
      throw new IllegalArgumentException("min-p must lie in [0, 1], not " + minP);
    }
    if (!(repetitionPenalty >= 1 && Double.isFinite(repetitionPenalty))) {
      throw new IllegalArgumentException(
          "repetition penalty must be 1 or more, not " + repetitionPenalty);
    }
  }

  /** With another temperature. */
  public Sampler temperature(double value) {
    return new Sampler(value, topK, topP, minP, repetitionPenalty);
  }

  /** Keeping the likeliest k tokens; 0 for all. */
  public Sampler topK(int tokens) {
    return new Sampler(temperature, tokens, topP, minP, repetitionPenalty);
  }

  /** Keeping the nucleus of a part of the probability. */
  public Sampler topP(double part) {
    return new Sampler(temperature, topK, part, minP, repetitionPenalty);
  }

  /** Dropping tokens with less than a part of the largest probability. */
  public Sampler minP(double part) {
    return new Sampler(temperature, topK, topP, part, repetitionPenalty);
  }

  /** Making tokens that were written before less likely. */
  public Sampler repetitionPenalty(double factor) {
    return new Sampler(temperature, topK, topP, minP, factor);
  }

  /**
   * What is drawn from.
   *
   * @param scores unnormalised log-probabilities [V]; negative infinity for what is impossible
   * @param written tokens that the repetition penalty falls on
   * @throws IllegalArgumentException if the scores are no vector, or there are none
   * @throws IndexOutOfBoundsException if a written token is not in 0..V-1
   * @throws ArithmeticException if a score is NaN or positive infinity, or all are negative
   *     infinity: the model has diverged, or nothing is possible
   */
  public TokenDistribution distribution(Tensor scores, int... written) {
    if (scores.rank() != 1 || scores.size() == 0) {
      throw new IllegalArgumentException(
          "sampler: scores must be a vector of one token or more, not " + scores.shape());
    }
    double[] s = scores.toDoubleArray();
    double largest = Double.NEGATIVE_INFINITY;
    for (int token = 0; token < s.length; token++) {
      if (!(s[token] < Double.POSITIVE_INFINITY)) {
        throw new ArithmeticException(
            "the score of token %d is %s; has training diverged?".formatted(token, s[token]));
      }
      largest = Math.max(largest, s[token]);
    }
    if (largest == Double.NEGATIVE_INFINITY) {
      throw new ArithmeticException("the scores of all tokens are negative infinity");
    }
    if (repetitionPenalty != 1) {
      penalise(s, written);
    }
    return TokenDistribution.of(s, this);
  }

  private void penalise(double[] scores, int[] written) {
    Set<Integer> seen = new HashSet<>();
    for (int token : written) {
      if (token < 0 || token >= scores.length) {
        throw new IndexOutOfBoundsException(
            "sampler: token %d is not in 0..%d".formatted(token, scores.length - 1));
      }
      if (seen.add(token)) {
        scores[token] *= scores[token] > 0 ? 1 / repetitionPenalty : repetitionPenalty;
      }
    }
  }

  /**
   * A sequence that a model writes: each token is drawn and read as the next. The repetition
   * penalty falls on what it has written.
   *
   * @param state the model's, for a batch of one
   * @param first the token that is read first; not part of the result
   * @param end the token that ends the sequence, part of the result; negative for none
   * @param length how many tokens at most
   * @param constraint on what may follow what
   * @param random token i is drawn with its element i
   * @return [n], n at most the length; shorter without the end token where nothing may follow
   * @throws IllegalArgumentException if the end token is beyond the vocabulary
   */
  public <S> IntTensor sequence(
      TokenModel<S> model,
      S state,
      int first,
      int end,
      int length,
      Constraint constraint,
      RandomStream random) {
    return Autograd.noGrad(
        () -> {
          int[] written = new int[0];
          int read = first;
          S current = state;
          while (written.length < length && (written.length == 0 || read != end)) {
            TokenModel.Scored<S> scored = model.next(IntTensor.of(read), current);
            double[] scores = scored.row(0, 1);
            requireEnd(end, scores.length);
            if (!constraint.restrict(written, scores)) {
              break;
            }
            read =
                distribution(Tensor.ofDoubles(scores), written)
                    .draw(random.uniform(written.length));
            written = Constraint.followed(written, read);
            current = scored.state();
          }
          return IntTensor.of(written);
        });
  }

  private static void requireEnd(int end, int vocabulary) {
    if (end >= vocabulary) {
      throw new IllegalArgumentException(
          "sampler: the end token %d is beyond the vocabulary of %d".formatted(end, vocabulary));
    }
  }

  @Override
  public String toString() {
    return "temperature "
        + temperature
        + (topK > 0 ? ", top-k " + topK : "")
        + (topP < 1 ? ", top-p " + topP : "")
        + (minP > 0 ? ", min-p " + minP : "")
        + (repetitionPenalty > 1 ? ", repetition penalty " + repetitionPenalty : "");
  }
}
