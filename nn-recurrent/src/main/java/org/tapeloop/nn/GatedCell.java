package org.tapeloop.nn;

import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * The parameters that PyTorch's three recurrent cells share: {@code weight_ih} [G*H, I], {@code
 * weight_hh} [G*H, H], and with biases {@code bias_ih} and {@code bias_hh} [G*H], for G gates
 * stacked in blocks of H rows. All are drawn uniformly from (-1/sqrt(H), 1/sqrt(H)).
 */
abstract class GatedCell extends Layer {
  private final int inputSize;
  private final int hiddenSize;
  final Parameter weightIh;
  final Parameter weightHh;
  final @Nullable Parameter biasIh;
  final @Nullable Parameter biasHh;

  GatedCell(int gates, int inputSize, int hiddenSize, boolean bias, Generator generator) {
    Sizes.requirePositive(getClass().getSimpleName(), "inputSize", inputSize);
    Sizes.requirePositive(getClass().getSimpleName(), "hiddenSize", hiddenSize);
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    Initializer uniform = Initializer.uniform(1 / Math.sqrt(hiddenSize));
    Shape rows = Shape.of(gates * hiddenSize);
    weightIh =
        parameter("weight_ih", uniform.create(Shape.of(gates * hiddenSize, inputSize), generator));
    weightHh =
        parameter("weight_hh", uniform.create(Shape.of(gates * hiddenSize, hiddenSize), generator));
    biasIh = bias ? parameter("bias_ih", uniform.create(rows, generator)) : null;
    biasHh = bias ? parameter("bias_hh", uniform.create(rows, generator)) : null;
  }

  /** I, the last extent of the input. */
  public final int inputSize() {
    return inputSize;
  }

  /** H, the last extent of state and output. */
  public final int hiddenSize() {
    return hiddenSize;
  }

  final Tensor zeroState(int batch) {
    DType dtype = weightHh.value().dtype();
    return Tensor.zeros(dtype, Shape.of(batch, hiddenSize));
  }
}
