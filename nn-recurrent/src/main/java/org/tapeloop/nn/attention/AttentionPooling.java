package org.tapeloop.nn.attention;

import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Initializer;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Pooling;

/**
 * The outputs of a sequence weighed by how important each is: {@code sum_t w_t y_t} with {@code w =
 * softmax over t of u . tanh(W y_t + b)}.
 *
 * <p>Parameters {@code weight_key} [A, R], {@code bias} [A] and {@code weight_score} [A], each
 * drawn uniformly from (-1/sqrt(n), 1/sqrt(n)) with n the size of what it multiplies (A for the
 * bias).
 *
 * <p>Source: Yang et al. 2016, Hierarchical Attention Networks, equations 5 to 7.
 */
public final class AttentionPooling extends Layer implements Pooling {
  private final Parameter weightKey;
  private final Parameter bias;
  private final Parameter weightScore;

  /**
   * A pooling.
   *
   * @param outputSize R
   * @param attentionSize A
   */
  public AttentionPooling(int outputSize, int attentionSize, Generator generator) {
    AttentionSizes.requirePositive("AttentionPooling", outputSize, attentionSize);
    Initializer small = Initializer.inverseRoot(attentionSize);
    weightKey =
        parameter(
            "weight_key",
            Initializer.inverseRoot(outputSize)
                .create(Shape.of(attentionSize, outputSize), generator));
    bias = parameter("bias", small.create(Shape.of(attentionSize), generator));
    weightScore = parameter("weight_score", small.create(Shape.of(attentionSize), generator));
  }

  @Override
  public Tensor of(Tensor output, @Nullable Lengths lengths) {
    return attend(output, lengths).context();
  }

  /**
   * The pooled outputs with the weights of the steps.
   *
   * @param output [T, B, R]
   * @param lengths of the sequences, or null if all have T steps
   * @return context [B, R] and weights [B, T], 0 in padding
   * @throws IllegalArgumentException if shapes do not fit
   */
  public Attended attend(Tensor output, @Nullable Lengths lengths) {
    int size = weightKey.shape().extent(1);
    if (output.rank() != 3 || output.extent(2) != size) {
      throw new IllegalArgumentException(
          "AttentionPooling: outputs must be [time, batch, %d], not %s"
              .formatted(size, output.shape()));
    }
    AttentionMask mask = lengths == null ? AttentionMask.NONE : AttentionMask.NONE.lengths(lengths);
    // [B, T, R]
    Tensor clean = ScaledDotProduct.unspoiled(output.transpose(0, 1), mask);
    Tensor scores = affine(clean, weightKey, bias).tanh().matmul(weightScore.value());
    Tensor weights = mask.weights(scores.unsqueeze(1));
    return new Attended(weights.matmul(clean).squeeze(1), weights.squeeze(1));
  }
}
