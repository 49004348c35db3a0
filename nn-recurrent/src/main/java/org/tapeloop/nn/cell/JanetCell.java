package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Just another network: an LSTM with a forget gate alone.
 *
 * <pre>
 * s = W_f x + U_f c + b_f
 * c' = sigmoid(s) * c + (1 - sigmoid(s - beta)) * tanh(W_n x + U_n c + b_n)
 * </pre>
 *
 * <p>The state c is the output too. Shapes: x [B, I], c [B, H]; parameters {@code weight_ih} [2H,
 * I], {@code weight_hh} [2H, H], {@code bias} [2H], in blocks f, n.
 *
 * <p>Source: van der Westhuizen and Lasenby 2018, arXiv 1804.04849.
 */
public final class JanetCell extends SizedCell<Tensor> {
  private final Parameter weightIh = weightIh(2);
  private final Parameter weightHh = weightHh(2);
  private final Parameter bias = bias(2);
  private final double beta;

  /** A cell with the paper's beta of 1. */
  public JanetCell(int inputSize, int hiddenSize, Generator generator) {
    this(inputSize, hiddenSize, 1, generator);
  }

  /**
   * A cell with random weights.
   *
   * @param beta how much less the input gate closes than the forget gate
   */
  public JanetCell(int inputSize, int hiddenSize, double beta, Generator generator) {
    super(inputSize, hiddenSize, generator);
    this.beta = beta;
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor c) {
    var z = affine(x, weightIh, bias).add(times(c, weightHh)).chunk(2);
    var keep = z.get(0).sigmoid();
    var enter = z.get(0).sub(beta).sigmoid().rsub(1);
    var next = keep.mul(c).add(enter.mul(z.get(1).tanh()));
    return new Step<>(next, next);
  }
}
