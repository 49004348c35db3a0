package org.tapeloop.nn.attention;

import org.tapeloop.autograd.Tensor;

/**
 * Attention by dot products: {@code score(q, k) = q . k}. Queries and keys have the same size;
 * there are no parameters.
 *
 * <p>Source: Luong, Pham and Manning 2015, arXiv 1508.04025, "dot".
 */
public final class DotAttention extends SequenceAttention {

  private final boolean scaled;

  /** An attention. */
  public DotAttention() {
    this(false);
  }

  private DotAttention(boolean scaled) {
    this.scaled = scaled;
  }

  /**
   * An attention that divides the products by the root of their size D, so that their spread does
   * not grow with it.
   *
   * <p>Source: Vaswani et al. 2017, arXiv 1706.03762.
   */
  public static DotAttention scaled() {
    return new DotAttention(true);
  }

  @Override
  protected Scores scores(Tensor keys) {
    return new Scores.ByProduct(scaled ? keys.mul(1 / Math.sqrt(keys.extent(2))) : keys);
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
