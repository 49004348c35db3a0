package org.tapeloop.nn.wrap;

import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/** Dropout by one mask for all steps: the same elements of each tensor of one shape. */
final class Masks implements UnaryOperator<Tensor> {
  private final double probability;
  private final RandomStream stream;
  private final Map<Shape, Tensor> drawn = new HashMap<>();

  Masks(double probability, RandomStream stream) {
    this.probability = probability;
    this.stream = stream;
  }

  @Override
  public Tensor apply(Tensor x) {
    Tensor mask =
        drawn.computeIfAbsent(
            x.shape(), shape -> Tensor.bernoulli(stream, x.dtype(), shape, 1 - probability));
    return x.dropout(probability, mask);
  }

  static double requireProbability(String where, double p) {
    if (!(p >= 0 && p < 1)) {
      throw new IllegalArgumentException(where + ": the probability must be in [0, 1), not " + p);
    }
    return p;
  }
}
