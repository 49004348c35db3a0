package org.tapeloop.nn;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * Makes one vector of the outputs of a sequence, of those steps alone that belong to it.
 *
 * <pre>{@code
 * Tensor sentence = Pooling.MEAN.of(layer.forward(x, lengths).output(), lengths);
 * }</pre>
 */
@FunctionalInterface
public interface Pooling {

  /** The output of each sequence's own last step. */
  Pooling LAST = Pooling::last;

  /** The mean over steps. */
  Pooling MEAN = Pooling::mean;

  /** The greatest output of each unit over steps. */
  Pooling MAX = Pooling::max;

  /**
   * One vector a sequence.
   *
   * @param output [T, B, R], as the layers give it; padding may hold anything
   * @param lengths of the sequences, or null if all have T steps
   * @return [B, R]
   * @throws IllegalArgumentException if shapes do not fit
   */
  Tensor of(Tensor output, @Nullable Lengths lengths);

  private static Tensor last(Tensor output, @Nullable Lengths lengths) {
    requireSequences(output, lengths);
    int time = output.extent(0);
    int batch = output.extent(1);
    if (lengths == null) {
      return output.select(0, time - 1);
    }
    int[] rows = new int[batch];
    for (int b = 0; b < batch; b++) {
      rows[b] = (lengths.get(b) - 1) * batch + b;
    }
    return output.reshape(time * batch, output.extent(2)).embedding(IntTensor.of(rows));
  }

  private static Tensor mean(Tensor output, @Nullable Lengths lengths) {
    requireSequences(output, lengths);
    if (lengths == null) {
      return output.mean(0);
    }
    double[] shares = new double[lengths.batch()];
    Arrays.setAll(shares, b -> 1.0 / lengths.get(b));
    Tensor each = Tensor.ofDoubles(Shape.of(shares.length, 1), shares).to(output.dtype());
    Tensor inside = lengths.mask(output.dtype(), output.extent(0));
    return inside.where(output, output.zerosLike()).sum(0).mul(each);
  }

  private static Tensor max(Tensor output, @Nullable Lengths lengths) {
    requireSequences(output, lengths);
    if (lengths == null) {
      return output.max(0);
    }
    DType dtype = output.dtype();
    Tensor never = Tensor.full(dtype, Shape.of(1, 1, 1), Double.NEGATIVE_INFINITY);
    return lengths.mask(dtype, output.extent(0)).where(output, never).max(0);
  }

  /** Outputs of at least one step, which the lengths fit. */
  static void requireSequences(Tensor output, @Nullable Lengths lengths) {
    if (output.rank() != 3 || output.extent(0) == 0) {
      throw new IllegalArgumentException(
          "pooling: outputs must be [time, batch, features] with at least one step, not "
              + output.shape());
    }
    if (lengths != null) {
      lengths.check(output.extent(0), output.extent(1));
    }
  }
}
