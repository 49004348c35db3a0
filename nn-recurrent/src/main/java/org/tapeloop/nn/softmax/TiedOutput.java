package org.tapeloop.nn.softmax;

import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Embedding;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Linear;
import org.tapeloop.nn.Parameter;

/**
 * Scores of V symbols by the table that also embeds them: {@code logits = h E^T + b}, or {@code (h
 * P^T) E^T + b} where h has another size than the rows of E.
 *
 * <p>The table is one parameter, whose gradient is that of both uses; it belongs to the embedding,
 * and stands in checkpoints under the first of its names. Parameters of its own: {@code bias} [V],
 * zeros, and {@code projection.weight} [F, H] where there is one. A row that is padding in the
 * embedding is a symbol like others here, and learns.
 *
 * <p>Source: Press and Wolf 2017, arXiv 1608.05859; Inan, Khosravi and Socher 2017, arXiv
 * 1611.01462.
 */
public final class TiedOutput extends Layer {
  private final Embedding embedding;
  private final @Nullable Linear projection;
  private final Parameter bias;

  private TiedOutput(Embedding embedding, @Nullable Linear projection) {
    this.embedding = child("embedding", embedding);
    this.projection = projection == null ? null : child("projection", projection);
    Parameter table = embedding.weight();
    bias = parameter("bias", table.value().detach().select(1, 0).zerosLike());
  }

  /** Scores of vectors that have the size of the embedding's rows. */
  public static TiedOutput of(Embedding embedding) {
    return new TiedOutput(embedding, null);
  }

  /** Scores of vectors [..., hiddenSize], brought to the size of the embedding's rows first. */
  public static TiedOutput projected(Embedding embedding, int hiddenSize, Generator generator) {
    int features = embedding.weight().shape().extent(1);
    return new TiedOutput(embedding, Linear.withoutBias(hiddenSize, features, generator));
  }

  /**
   * The scores.
   *
   * @param hidden [..., H]
   * @return logits [..., V]
   */
  public Tensor forward(Tensor hidden) {
    Tensor features = projection == null ? hidden : projection.forward(hidden);
    return affine(features, embedding.weight(), bias);
  }
}
