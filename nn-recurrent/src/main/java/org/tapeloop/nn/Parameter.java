package org.tapeloop.nn;

import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * A place for a tensor that training changes. The tensors themselves are immutable: an optimiser
 * puts a new one here.
 *
 * <p>The current value is a leaf, so {@code loss.gradients(parameter.value())} finds its gradient.
 */
public final class Parameter {
  private Tensor value;
  private boolean trainable = true;

  Parameter(Tensor initial) {
    this.value = initial.detach().contiguous().leaf();
  }

  /**
   * The current value: a leaf, or a constant while the parameter is {@linkplain #freeze frozen}.
   */
  public Tensor value() {
    return value;
  }

  /** The extents, which never change. */
  public Shape shape() {
    return value.shape();
  }

  /**
   * Replaces the value.
   *
   * @throws IllegalArgumentException if shape or element type differ
   */
  public void set(Tensor replacement) {
    if (!replacement.shape().equals(value.shape()) || replacement.dtype() != value.dtype()) {
      throw new IllegalArgumentException(
          "parameter: %s %s cannot become %s %s"
              .formatted(value.dtype(), value.shape(), replacement.dtype(), replacement.shape()));
    }
    put(replacement);
  }

  /** Whether gradients are computed for it. */
  public boolean isTrainable() {
    return trainable;
  }

  /** Keeps the value as it is from now on: no gradients, and optimisers pass it by. */
  public void freeze() {
    trainable = false;
    put(value);
  }

  /** Ends {@link #freeze}. */
  public void unfreeze() {
    trainable = true;
    put(value);
  }

  void convert(DType dtype) {
    put(value.detach().to(dtype));
  }

  private void put(Tensor replacement) {
    Tensor dense = replacement.detach().contiguous();
    value = trainable ? dense.leaf() : dense;
  }
}
