package org.tapeloop.nn.attention;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Initializer;
import org.tapeloop.nn.Parameter;

/**
 * Attention by a layer over query and key together: {@code score(q, k) = w . tanh(W [q, k])}. It is
 * {@link AdditiveAttention} with both weights in one, and no bias.
 *
 * <p>Parameters {@code weight_concat} [A, Dq + Dk] and {@code weight_score} [A], drawn uniformly
 * from (-1/sqrt(n), 1/sqrt(n)) with n the size of what they multiply.
 *
 * <p>Source: Luong, Pham and Manning 2015, arXiv 1508.04025, "concat".
 */
public final class ConcatAttention extends SequenceAttention {
  private final int querySize;
  private final int keySize;
  private final Parameter weightConcat;
  private final Parameter weightScore;

  /**
   * An attention.
   *
   * @param querySize Dq
   * @param keySize Dk
   * @param attentionSize A
   */
  public ConcatAttention(int querySize, int keySize, int attentionSize, Generator generator) {
    AttentionSizes.requirePositive("ConcatAttention", querySize, keySize, attentionSize);
    this.querySize = querySize;
    this.keySize = keySize;
    int joint = querySize + keySize;
    weightConcat =
        parameter(
            "weight_concat",
            Initializer.inverseRoot(joint).create(Shape.of(attentionSize, joint), generator));
    weightScore =
        parameter(
            "weight_score",
            Initializer.inverseRoot(attentionSize).create(Shape.of(attentionSize), generator));
  }

  @Override
  protected Scores scores(Tensor keys) {
    // Steps multiply by this part; it is made a matrix of its own before them.
    Tensor ofQuery = weightConcat.value().narrow(1, 0, querySize).contiguous();
    Tensor ofKey = weightConcat.value().narrow(1, querySize, keySize);
    return new Scores.ByNetwork(keys.affine(ofKey, null), ofQuery, weightScore.value());
  }

  @Override
  protected void checkKeys(int found) {
    requireSize("keys", keySize, found);
  }

  @Override
  protected void checkQueries(int found, int ofKeys) {
    requireSize("queries", querySize, found);
  }
}
