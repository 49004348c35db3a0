package org.tapeloop.nn;

import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * The parameters that PyTorch's recurrent cells share: {@code weight_ih} [G*H, I], {@code
 * weight_hh} [G*H, R], and with biases {@code bias_ih} and {@code bias_hh} [G*H], for G gates
 * stacked in blocks of H rows, and outputs of R = H features unless they are projected. All are
 * drawn uniformly from (-1/sqrt(H), 1/sqrt(H)).
 */
abstract class GatedCell extends Layer {
  private final int inputSize;
  private final int hiddenSize;
  final Parameter weightIh;
  final Parameter weightHh;
  final @Nullable Parameter biasIh;
  final @Nullable Parameter biasHh;

  GatedCell(int gates, int inputSize, int hiddenSize, boolean bias, Generator generator) {
    this(gates, inputSize, hiddenSize, hiddenSize, bias, generator);
  }

  GatedCell(
      int gates, int inputSize, int hiddenSize, int outputSize, boolean bias, Generator generator) {
    Sizes.requirePositive(getClass().getSimpleName(), "inputSize", inputSize);
    Sizes.requirePositive(getClass().getSimpleName(), "hiddenSize", hiddenSize);
    Sizes.requirePositive(getClass().getSimpleName(), "outputSize", outputSize);
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    Initializer uniform = uniform();
    Shape rows = Shape.of(gates * hiddenSize);
    weightIh =
        parameter("weight_ih", uniform.create(Shape.of(gates * hiddenSize, inputSize), generator));
    weightHh =
        parameter("weight_hh", uniform.create(Shape.of(gates * hiddenSize, outputSize), generator));
    biasIh = bias ? parameter("bias_ih", uniform.create(rows, generator)) : null;
    biasHh = bias ? parameter("bias_hh", uniform.create(rows, generator)) : null;
  }

  /** What all parameters are drawn from. */
  final Initializer uniform() {
    return Initializer.inverseRoot(hiddenSize);
  }

  /** I, the last extent of the input. */
  public final int inputSize() {
    return inputSize;
  }

  /** H, the last extent of state and, unless it is projected, output. */
  public final int hiddenSize() {
    return hiddenSize;
  }

  final Tensor zeroState(int batch) {
    return zeroState(batch, hiddenSize);
  }

  final Tensor zeroState(int batch, int size) {
    DType dtype = weightHh.value().dtype();
    return Tensor.zeros(dtype, Shape.of(batch, size));
  }
}
