package org.tapeloop.nn;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Tensor;

/**
 * A layer that gives one vector a sequence: the outputs of another, pooled. Its parameters keep
 * their names; those of a pooling are called {@code pooling.parameter}.
 */
public final class Pooled<S> extends Layer {
  private final SequenceLayer<S> layer;
  private final Pooling pooling;

  /** A layer and how its outputs are pooled. */
  public Pooled(SequenceLayer<S> layer, Pooling pooling) {
    this.layer = part(layer, UnaryOperator.identity());
    this.pooling = part("pooling", pooling);
  }

  /**
   * Runs over a batch of sequences.
   *
   * @param x [T, B, I]
   * @param lengths of the sequences, or null if all have T steps
   * @return [B, R]
   */
  public Tensor forward(Tensor x, @Nullable Lengths lengths) {
    return pooling.of(layer.forward(x, lengths, null).output(), lengths);
  }
}
