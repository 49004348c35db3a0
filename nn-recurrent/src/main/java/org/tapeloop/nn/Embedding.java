package org.tapeloop.nn;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * A table with one row of features for each of V symbols: ids [...] give [..., F].
 *
 * <p>Parameter {@code weight} [V, F], drawn from the standard normal distribution as in PyTorch.
 */
public final class Embedding extends Layer {
  private static final int NONE = -1;

  private final Parameter weight;
  private final int paddingIndex;

  /** A table without a padding row. */
  public Embedding(int symbols, int features, Generator generator) {
    this(symbols, features, NONE, Initializer.normal(1), generator);
  }

  private Embedding(
      int symbols, int features, int paddingIndex, Initializer initializer, Generator generator) {
    Sizes.requirePositive("Embedding", "symbols", symbols);
    Sizes.requirePositive("Embedding", "features", features);
    this.paddingIndex = paddingIndex;
    Tensor rows = initializer.create(Shape.of(symbols, features), generator);
    if (paddingIndex != NONE) {
      Tensor padding = Tensor.arange(symbols).eq(paddingIndex).unsqueeze(1);
      rows = padding.where(rows.zerosLike(), rows);
    }
    weight = parameter("weight", rows);
  }

  /**
   * A table in which one row is padding: it starts as zeros and never gets a gradient.
   *
   * @throws IllegalArgumentException if there is no such row
   */
  public static Embedding withPadding(
      int symbols, int features, int paddingIndex, Generator generator) {
    if (paddingIndex < 0 || paddingIndex >= symbols) {
      throw new IllegalArgumentException(
          "Embedding: padding index %d is not in 0..%d".formatted(paddingIndex, symbols - 1));
    }
    return new Embedding(symbols, features, paddingIndex, Initializer.normal(1), generator);
  }

  /** A table whose rows an initialiser draws. */
  public static Embedding initialised(
      int symbols, int features, Initializer initializer, Generator generator) {
    return new Embedding(symbols, features, NONE, initializer, generator);
  }

  /** The rows of the ids: [...] gives [..., F]. */
  public Tensor forward(IntTensor ids) {
    return paddingIndex == NONE
        ? weight.value().embedding(ids)
        : weight.value().embedding(ids, paddingIndex);
  }

  /** The table [V, F]. */
  public Parameter weight() {
    return weight;
  }
}
