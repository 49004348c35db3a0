package org.tapeloop.nn.cell;

import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Initializer;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.RecurrentCell;

/**
 * What the cells of this package share: I inputs, H hidden units, and weights drawn uniformly from
 * (-1/sqrt(H), 1/sqrt(H)) unless the cell says otherwise. Blocks of H rows are stacked in one
 * weight, in the order that the cell's equations name.
 *
 * @param <S> the state
 */
abstract class SizedCell<S> extends Layer implements RecurrentCell<S> {
  final int inputSize;
  final int hiddenSize;
  private final Generator generator;

  SizedCell(int inputSize, int hiddenSize, Generator generator) {
    this.inputSize = requirePositive("inputSize", inputSize);
    this.hiddenSize = requirePositive("hiddenSize", hiddenSize);
    this.generator = generator;
  }

  /** I, the last extent of the input. */
  public final int inputSize() {
    return inputSize;
  }

  /** H, the number of hidden units. */
  public final int hiddenSize() {
    return hiddenSize;
  }

  final int requirePositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "%s: %s must be at least 1, not %d".formatted(getClass().getSimpleName(), name, value));
    }
    return value;
  }

  // ---- for constructors ----

  final Generator generator() {
    return generator;
  }

  /** A parameter drawn uniformly from (-1/sqrt(H), 1/sqrt(H)). */
  final Parameter weight(String name, int... extents) {
    return drawn(name, Initializer.inverseRoot(hiddenSize), extents);
  }

  /** {@code weight_ih} [blocks H, I]. */
  final Parameter weightIh(int blocks) {
    return weight("weight_ih", blocks * hiddenSize, inputSize);
  }

  /** {@code weight_hh} [blocks H, H]. */
  final Parameter weightHh(int blocks) {
    return weight("weight_hh", blocks * hiddenSize, hiddenSize);
  }

  /** {@code bias} [blocks H]. */
  final Parameter bias(int blocks) {
    return weight("bias", blocks * hiddenSize);
  }

  /** A parameter of one value. */
  final Parameter filled(String name, double value, int... extents) {
    return drawn(name, Initializer.constant(value), extents);
  }

  /** A parameter from an initialiser. */
  final Parameter drawn(String name, Initializer initializer, int... extents) {
    return parameter(name, initializer.create(Shape.of(extents), generator));
  }

  // ---- for steps ----

  /** Zeros [batch, size] in the element type of the parameters. */
  final Tensor zeros(int batch, int size) {
    return Tensor.zeros(dtype(), Shape.of(batch, size));
  }

  /** Zeros [batch, H]. */
  final Tensor zeros(int batch) {
    return zeros(batch, hiddenSize);
  }

  final DType dtype() {
    return parameters().values().iterator().next().value().dtype();
  }

  /** {@code x W^T}. */
  static Tensor times(Tensor x, Parameter weight) {
    return affine(x, weight, null);
  }

  /** {@code gate * a + (1 - gate) * b}. */
  static Tensor mix(Tensor gate, Tensor a, Tensor b) {
    return b.add(gate.mul(a.sub(b)));
  }
}
