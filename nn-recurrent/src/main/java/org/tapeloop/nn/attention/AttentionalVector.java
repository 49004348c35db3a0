package org.tapeloop.nn.attention;

import java.util.List;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Initializer;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Parameter;

/**
 * Joins a query with what it attended to: {@code tanh(W [context, query])}, which predicts, and is
 * fed back into the decoder where input feeding is wanted.
 *
 * <p>Parameter {@code weight_combine} [Dq, Dc + Dq], drawn uniformly from (-1/sqrt(Dc + Dq),
 * 1/sqrt(Dc + Dq)).
 *
 * <p>Source: Luong, Pham and Manning 2015, arXiv 1508.04025, equation 5.
 */
public final class AttentionalVector extends Layer {
  private final Parameter weightCombine;

  /**
   * A layer.
   *
   * @param querySize Dq
   * @param contextSize Dc
   */
  public AttentionalVector(int querySize, int contextSize, Generator generator) {
    AttentionSizes.requirePositive("AttentionalVector", querySize, contextSize);
    int joint = contextSize + querySize;
    weightCombine =
        parameter(
            "weight_combine",
            Initializer.inverseRoot(joint).create(Shape.of(querySize, joint), generator));
  }

  /**
   * The joint vector.
   *
   * @param context [..., Dc]
   * @param query [..., Dq]
   * @return [..., Dq]
   */
  public Tensor forward(Tensor context, Tensor query) {
    return affine(Tensor.cat(List.of(context, query), -1), weightCombine, null).tanh();
  }
}
