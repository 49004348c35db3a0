package org.tapeloop.nn.attention;

import org.tapeloop.autograd.Tensor;

/**
 * Attention by dot products: {@code score(q, k) = q . k}. Queries and keys have the same size;
 * there are no parameters.
 *
 * <p>Source: Luong, Pham and Manning 2015, arXiv 1508.04025, "dot".
 */
public final class DotAttention extends SequenceAttention {

  /** An attention. */
  public DotAttention() {}

  @Override
  protected Tensor prepared(Tensor keys) {
    return keys.t();
  }

  @Override
  protected Tensor scores(Tensor query, Tensor prepared) {
    return query.matmul(prepared);
  }

  @Override
  protected void checkKeys(int keySize) {
    // Queries must be of the same size, whichever it is.
  }

  @Override
  protected void checkQueries(int querySize, int keySize) {
    requireSize("queries", keySize, querySize);
  }
}
