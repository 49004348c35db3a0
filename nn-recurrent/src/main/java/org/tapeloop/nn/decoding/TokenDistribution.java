package org.tapeloop.nn.decoding;

import java.util.Arrays;
import java.util.Comparator;

/** The tokens that a {@link Sampler} keeps, and their probabilities, which add up to 1. */
public final class TokenDistribution {
  private final double[] probabilities;
  private final double[] full;
  private final int count;

  private TokenDistribution(double[] probabilities, double[] full, int count) {
    this.probabilities = probabilities;
    this.full = full;
    this.count = count;
  }

  /** Scores are finite or negative infinity, one at least finite. */
  static TokenDistribution of(double[] scores, Sampler sampler) {
    int vocabulary = scores.length;
    if (sampler.temperature() == 0) {
      double[] certain = new double[vocabulary];
      certain[largest(scores)] = 1;
      return new TokenDistribution(certain, scores, 1);
    }
    double[] p = new double[vocabulary];
    double most = scores[largest(scores)];
    double total = 0;
    for (int token = 0; token < vocabulary; token++) {
      p[token] = Math.exp((scores[token] - most) / sampler.temperature());
      total += p[token];
    }
    double[] kept = p.clone();
    boolean cutsK = sampler.topK() > 0 && sampler.topK() < vocabulary;
    if (cutsK || sampler.topP() < 1) {
      Integer[] order = order(scores);
      int count = vocabulary;
      if (cutsK) {
        count = sampler.topK();
        total = 0;
        for (int rank = 0; rank < count; rank++) {
          total += p[order[rank]];
        }
      }
      if (sampler.topP() < 1) {
        double mass = 0;
        int nucleus = 0;
        while (nucleus < count && mass < sampler.topP() * total) {
          mass += p[order[nucleus++]];
        }
        count = nucleus;
      }
      for (int rank = count; rank < vocabulary; rank++) {
        kept[order[rank]] = 0;
      }
    }
    if (sampler.minP() > 0) {
      // The largest of p is 1.
      for (int token = 0; token < vocabulary; token++) {
        if (p[token] < sampler.minP()) {
          kept[token] = 0;
        }
      }
    }
    double sum = Arrays.stream(kept).sum();
    int possible = 0;
    for (int token = 0; token < vocabulary; token++) {
      possible += kept[token] > 0 ? 1 : 0;
      kept[token] /= sum;
    }
    return new TokenDistribution(kept, scores, possible);
  }

  /** The first of the largest. */
  private static int largest(double[] scores) {
    int best = 0;
    for (int token = 1; token < scores.length; token++) {
      best = scores[token] > scores[best] ? token : best;
    }
    return best;
  }

  private static Integer[] order(double[] scores) {
    Integer[] order = new Integer[scores.length];
    Arrays.setAll(order, token -> token);
    // Less from 0, not negated: 0 and -0 are equals.
    Arrays.sort(order, Comparator.comparingDouble(token -> 0 - scores[token]));
    return order;
  }

  /** How many tokens are kept: those that may be drawn. */
  public int count() {
    return count;
  }

  /** The probability of a token; 0 if it was dropped. */
  public double probability(int token) {
    return probabilities[token];
  }

  /** All tokens from the likeliest to the least likely; the first {@link #count} are kept. */
  public int[] order() {
    return Arrays.stream(order(full)).mapToInt(Integer::intValue).toArray();
  }

  /** The likeliest token. */
  public int best() {
    return largest(full);
  }

  /**
   * The smallest token with {@code p_0 + ... + p_token > uniform}.
   *
   * @param uniform in [0, 1)
   */
  public int draw(double uniform) {
    if (!(uniform >= 0 && uniform < 1)) {
      throw new IllegalArgumentException(
          "draw: the uniform number must be in [0, 1), not " + uniform);
    }
    double running = 0;
    int last = 0;
    for (int token = 0; token < probabilities.length; token++) {
      if (probabilities[token] > 0) {
        running += probabilities[token];
        last = token;
        if (running > uniform) {
          return token;
        }
      }
    }
    // The sum may fall short of 1 by rounding.
    return last;
  }
}
