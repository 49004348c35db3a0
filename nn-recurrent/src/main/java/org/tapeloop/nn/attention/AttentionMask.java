package org.tapeloop.nn.attention;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Lengths;

/**
 * Which keys a query may see, starting from {@link #NONE}: {@code
 * AttentionMask.NONE.lengths(lengths).causal()}. What is masked out gets the weight 0 exactly, and
 * no gradient. What stands behind a length may be anything, NaN too.
 *
 * @param isCausal whether query i sees keys 0 to i only
 * @param keyLengths the first keys of each batch item that count, or null for all
 * @param keep 0 where a key is not seen, broadcast to the scores; null for all seen
 * @param bias added to the scores, broadcast to them; null for none
 */
public record AttentionMask(
    boolean isCausal, @Nullable Lengths keyLengths, @Nullable Tensor keep, @Nullable Tensor bias) {

  /** Every query sees every key. */
  public static final AttentionMask NONE = new AttentionMask(false, null, null, null);

  /** Without the keys that come after a query. */
  public AttentionMask causal() {
    return new AttentionMask(true, keyLengths, keep, bias);
  }

  /** Without the padding after the keys of each batch item. */
  public AttentionMask lengths(Lengths lengths) {
    return new AttentionMask(isCausal, lengths, keep, bias);
  }

  /** Without the keys where the mask is 0. */
  public AttentionMask keeping(Tensor mask) {
    return new AttentionMask(isCausal, keyLengths, mask, bias);
  }

  /** With numbers added to the scores, such as those for relative positions. */
  public AttentionMask biased(Tensor scores) {
    return new AttentionMask(isCausal, keyLengths, keep, scores);
  }

  /**
   * The softmax of scores over what is seen.
   *
   * @param scores [B, ..., Tq, Tk]
   * @return weights of the same shape; all 0 where nothing is seen
   * @throws IllegalArgumentException if a mask does not fit
   */
  Tensor weights(Tensor scores) {
    Tensor biased = bias == null ? scores : scores.add(fitting("bias", bias, scores));
    Tensor seen = seen(scores);
    if (seen == null) {
      return biased.softmax(-1);
    }
    // Far below any score, yet finite, so that a row of nothing but these has a softmax.
    double never = scores.dtype() == DType.F32 ? -1e30 : -1e300;
    Tensor open = seen.where(biased, Tensor.full(scores.dtype(), Shape.SCALAR, never));
    return seen.where(open.softmax(-1), scores.zerosLike());
  }

  /** 0 where a key is not seen, broadcasting to the scores; null if all are. */
  private @Nullable Tensor seen(Tensor scores) {
    int queries = scores.extent(-2);
    int keys = scores.extent(-1);
    Tensor seen = keep == null ? null : fitting("mask", keep, scores).ne(0);
    if (isCausal) {
      Tensor rows = Tensor.arange(scores.dtype(), 0, queries, 1).unsqueeze(1);
      seen = both(seen, Tensor.arange(scores.dtype(), 0, keys, 1).le(rows));
    }
    if (keyLengths != null) {
      if (keyLengths.batch() != scores.extent(0)) {
        throw new IllegalArgumentException(
            "attention: %d key lengths for a batch of %d"
                .formatted(keyLengths.batch(), scores.extent(0)));
      }
      keyLengths.check(keys, scores.extent(0));
      int[] extents = new int[scores.rank()];
      Arrays.fill(extents, 1);
      extents[0] = scores.extent(0);
      extents[extents.length - 1] = keys;
      Tensor inside = keyLengths.mask(scores.dtype(), keys).squeeze(2).t();
      seen = both(seen, inside.reshape(Shape.of(extents)));
    }
    return seen;
  }

  private static Tensor both(@Nullable Tensor one, Tensor other) {
    return one == null ? other : one.mul(other);
  }

  private static Tensor fitting(String what, Tensor mask, Tensor scores) {
    boolean fits = mask.rank() <= scores.rank();
    for (int k = 1; fits && k <= mask.rank(); k++) {
      fits = mask.extent(-k) == 1 || mask.extent(-k) == scores.extent(-k);
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "attention: %s %s does not broadcast to scores %s"
              .formatted(what, mask.shape(), scores.shape()));
    }
    return mask.to(scores.dtype());
  }
}
