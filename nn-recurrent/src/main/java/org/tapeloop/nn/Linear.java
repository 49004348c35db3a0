package org.tapeloop.nn;

import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * An affine map of the last axis: {@code y = x W^T + b}, x [..., I], y [..., O].
 *
 * <p>Parameters {@code weight} [O, I] and {@code bias} [O], drawn uniformly from (-1/sqrt(I),
 * 1/sqrt(I)) as in PyTorch.
 */
public final class Linear extends Layer {
  private final Parameter weight;
  private final @Nullable Parameter bias;

  /** A map with a bias. */
  public Linear(int inputSize, int outputSize, Generator generator) {
    this(inputSize, outputSize, true, generator);
  }

  private Linear(int inputSize, int outputSize, boolean withBias, Generator generator) {
    Sizes.requirePositive("Linear", "inputSize", inputSize);
    Sizes.requirePositive("Linear", "outputSize", outputSize);
    Initializer uniform = Initializer.inverseRoot(inputSize);
    weight = parameter("weight", uniform.create(Shape.of(outputSize, inputSize), generator));
    bias = withBias ? parameter("bias", uniform.create(Shape.of(outputSize), generator)) : null;
  }

  /** A map without a bias. */
  public static Linear withoutBias(int inputSize, int outputSize, Generator generator) {
    return new Linear(inputSize, outputSize, false, generator);
  }

  /** {@code x W^T + b} for x [..., I]. */
  public Tensor forward(Tensor x) {
    return affine(x, weight, bias);
  }

  /** The weight [O, I]. */
  public Parameter weight() {
    return weight;
  }

  /** The bias [O], or null. */
  public @Nullable Parameter bias() {
    return bias;
  }
}
