package org.tapeloop.nn.attention;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Initializer;
import org.tapeloop.nn.Parameter;

/**
 * Attention by a small network: {@code score(q, k) = w . tanh(W_q q + W_k k + b)}.
 *
 * <p>Parameters {@code weight_query} [A, Dq], {@code weight_key} [A, Dk], {@code bias} [A] and
 * {@code weight_score} [A], each drawn uniformly from (-1/sqrt(n), 1/sqrt(n)) with n the size of
 * what it multiplies (A for the bias).
 *
 * <p>Source: Bahdanau, Cho and Bengio 2015, arXiv 1409.0473; the bias is an addition.
 */
public final class AdditiveAttention extends SequenceAttention {
  private final Parameter weightQuery;
  private final Parameter weightKey;
  private final Parameter bias;
  private final Parameter weightScore;

  /**
   * An attention.
   *
   * @param querySize Dq
   * @param keySize Dk
   * @param attentionSize A
   */
  public AdditiveAttention(int querySize, int keySize, int attentionSize, Generator generator) {
    AttentionSizes.requirePositive("AdditiveAttention", querySize, keySize, attentionSize);
    weightQuery =
        parameter(
            "weight_query",
            Initializer.inverseRoot(querySize)
                .create(Shape.of(attentionSize, querySize), generator));
    weightKey =
        parameter(
            "weight_key",
            Initializer.inverseRoot(keySize).create(Shape.of(attentionSize, keySize), generator));
    bias =
        parameter(
            "bias",
            Initializer.inverseRoot(attentionSize).create(Shape.of(attentionSize), generator));
    weightScore =
        parameter(
            "weight_score",
            Initializer.inverseRoot(attentionSize).create(Shape.of(attentionSize), generator));
  }

  @Override
  protected Scores scores(Tensor keys) {
    return new Scores.ByNetwork(
        affine(keys, weightKey, bias), weightQuery.value(), weightScore.value());
  }

  @Override
  protected void checkKeys(int keySize) {
    requireSize("keys", weightKey.shape().extent(1), keySize);
  }

  @Override
  protected void checkQueries(int querySize, int keySize) {
    requireSize("queries", weightQuery.shape().extent(1), querySize);
  }
}
