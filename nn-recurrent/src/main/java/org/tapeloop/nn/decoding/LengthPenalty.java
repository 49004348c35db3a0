package org.tapeloop.nn.decoding;

/**
 * What a sequence's log-probability is divided by before sequences are ranked: without it, shorter
 * ones win because they are products of fewer factors.
 */
@FunctionalInterface
public interface LengthPenalty {

  /** No penalty: 1. */
  LengthPenalty NONE = length -> 1;

  /**
   * The divisor, above 0.
   *
   * @param length with the token that ends the sequence
   */
  double of(int length);

  /** {@code length^alpha}, 1 where there are no tokens; alpha 1 ranks by the mean. */
  static LengthPenalty power(double alpha) {
    return length -> Math.pow(Math.max(1, length), alpha);
  }

  /** {@code ((5 + length) / 6)^alpha}. Source: Wu et al. 2016, arXiv 1609.08144, equation 14. */
  static LengthPenalty gnmt(double alpha) {
    return length -> Math.pow((5.0 + length) / 6, alpha);
  }
}
