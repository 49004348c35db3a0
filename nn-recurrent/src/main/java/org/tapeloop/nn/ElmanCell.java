package org.tapeloop.nn;

import java.util.function.UnaryOperator;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;

/**
 * The simple recurrent network, as PyTorch's {@code nn.RNNCell}: {@code h' = phi(W_ih x + b_ih +
 * W_hh h + b_hh)} with phi tanh or relu.
 *
 * <p>Shapes: x [B, I], h [B, H]; parameters {@code weight_ih} [H, I], {@code weight_hh} [H, H],
 * {@code bias_ih} and {@code bias_hh} [H], drawn uniformly from (-1/sqrt(H), 1/sqrt(H)).
 *
 * <p>Source: Elman 1990.
 */
public final class ElmanCell extends GatedCell implements RecurrentCell<Tensor> {

  /** phi. */
  public enum Activation {
    /** Hyperbolic tangent. */
    TANH(Tensor::tanh),
    /** {@code max(x, 0)}. */
    RELU(Tensor::relu);

    private final UnaryOperator<Tensor> function;

    Activation(UnaryOperator<Tensor> function) {
      this.function = function;
    }

    /** phi, element by element. */
    public Tensor apply(Tensor z) {
      return function.apply(z);
    }
  }

  private final Activation activation;

  /** A tanh cell with biases. */
  public ElmanCell(int inputSize, int hiddenSize, Generator generator) {
    this(inputSize, hiddenSize, Activation.TANH, generator);
  }

  /** A cell with biases. */
  public ElmanCell(int inputSize, int hiddenSize, Activation activation, Generator generator) {
    this(inputSize, hiddenSize, activation, true, generator);
  }

  private ElmanCell(
      int inputSize, int hiddenSize, Activation activation, boolean bias, Generator generator) {
    super(1, inputSize, hiddenSize, bias, generator);
    this.activation = activation;
  }

  /** A cell without biases. */
  public static ElmanCell withoutBias(
      int inputSize, int hiddenSize, Activation activation, Generator generator) {
    return new ElmanCell(inputSize, hiddenSize, activation, false, generator);
  }

  @Override
  public Tensor initialState(int batch) {
    return zeroState(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var z = affine(x, weightIh, biasIh).add(affine(h, weightHh, biasHh));
    var next = activation.apply(z);
    return new Step<>(next, next);
  }
}
