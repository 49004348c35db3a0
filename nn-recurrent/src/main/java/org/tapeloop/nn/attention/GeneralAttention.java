package org.tapeloop.nn.attention;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Initializer;
import org.tapeloop.nn.Parameter;

/**
 * Attention by a bilinear form: {@code score(q, k) = q^T W k}.
 *
 * <p>Parameter {@code weight_score} [Dq, Dk], drawn uniformly from (-1/sqrt(Dk), 1/sqrt(Dk)).
 *
 * <p>Source: Luong, Pham and Manning 2015, arXiv 1508.04025, "general".
 */
public final class GeneralAttention extends SequenceAttention {
  private final Parameter weightScore;

  /**
   * An attention.
   *
   * @param querySize Dq
   * @param keySize Dk
   */
  public GeneralAttention(int querySize, int keySize, Generator generator) {
    AttentionSizes.requirePositive("GeneralAttention", querySize, keySize);
    weightScore =
        parameter(
            "weight_score",
            Initializer.inverseRoot(keySize).create(Shape.of(querySize, keySize), generator));
  }

  @Override
  protected Scores scores(Tensor keys) {
    return new Scores.ByProduct(affine(keys, weightScore, null));
  }

  @Override
  protected void checkKeys(int keySize) {
    requireSize("keys", weightScore.shape().extent(1), keySize);
  }

  @Override
  protected void checkQueries(int querySize, int keySize) {
    requireSize("queries", weightScore.shape().extent(0), querySize);
  }
}
