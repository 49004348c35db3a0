package org.tapeloop.nn.attention;

import java.util.Arrays;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * Attention by scaled dot products: {@code weights = softmax(q k^T * scale + bias)}, {@code context
 * = weights v}.
 *
 * <p>Source: Vaswani et al. 2017, arXiv 1706.03762.
 */
public final class ScaledDotProduct {
  private ScaledDotProduct() {}

  /** {@link #attend(Tensor, Tensor, Tensor, AttentionMask, double)} with scale 1/sqrt(D). */
  public static Attended attend(Tensor query, Tensor key, Tensor value, AttentionMask mask) {
    return attend(query, key, value, mask, 1 / Math.sqrt(query.extent(-1)));
  }

  /**
   * Attends to values by the dot products of queries and keys.
   *
   * @param query [B, ..., Tq, D]; the axes between batch and time, such as heads, are those of all
   *     three
   * @param key [B, ..., Tk, D]
   * @param value [B, ..., Tk, Dv]
   * @param mask of scores [B, ..., Tq, Tk]
   * @return context [B, ..., Tq, Dv], weights [B, ..., Tq, Tk]
   * @throws IllegalArgumentException if shapes do not fit
   */
  public static Attended attend(
      Tensor query, Tensor key, Tensor value, AttentionMask mask, double scale) {
    int rank = query.rank();
    boolean fits = rank >= 3 && key.rank() == rank && value.rank() == rank;
    for (int axis = 0; fits && axis < rank - 2; axis++) {
      fits = key.extent(axis) == query.extent(axis) && value.extent(axis) == query.extent(axis);
    }
    if (!fits || key.extent(-1) != query.extent(-1) || value.extent(-2) != key.extent(-2)) {
      throw new IllegalArgumentException(
          "attention: query %s, key %s and value %s do not fit [batch, ..., time, features]"
              .formatted(query.shape(), key.shape(), value.shape()));
    }
    Tensor weights = mask.weights(query.matmul(unspoiled(key, mask).t()).mul(scale));
    return new Attended(weights.matmul(unspoiled(value, mask)), weights);
  }

  /** Keys or values [B, ..., Tk, F] with padding cleared: 0 times what stands there may be NaN. */
  static Tensor unspoiled(Tensor x, AttentionMask mask) {
    var lengths = mask.keyLengths();
    if (lengths == null) {
      return x;
    }
    lengths.check(x.extent(-2), x.extent(0));
    int time = x.extent(-2);
    int[] extents = new int[x.rank()];
    Arrays.fill(extents, 1);
    extents[0] = x.extent(0);
    extents[extents.length - 2] = time;
    Tensor inside = lengths.mask(x.dtype(), time).squeeze(2).t().reshape(Shape.of(extents));
    return inside.where(x, x.zerosLike());
  }
}
