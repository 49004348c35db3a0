package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Jordan network: what is fed back is the output.
 *
 * <pre>
 * h = tanh(W x + U y + b)
 * y' = tanh(V h + b_y)
 * </pre>
 *
 * <p>Shapes: x [B, I], h [B, H], the state y [B, O]; parameters {@code weight_ih} [H, I], {@code
 * weight_hh} [H, O], {@code bias} [H], {@code weight_ho} [O, H], {@code bias_o} [O].
 *
 * <p>Source: Jordan 1986, with tanh for the logistic function, and without the decaying
 * self-connections of the fed-back units.
 */
public final class JordanCell extends SizedCell<Tensor> {
  private final int outputSize;
  private final Parameter weightIh = weightIh(1);
  private final Parameter weightHh;
  private final Parameter bias = bias(1);
  private final Parameter weightHo;
  private final Parameter biasO;

  /** A cell of O = H outputs. */
  public JordanCell(int inputSize, int hiddenSize, Generator generator) {
    this(inputSize, hiddenSize, hiddenSize, generator);
  }

  /** A cell with random weights. */
  public JordanCell(int inputSize, int hiddenSize, int outputSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
    this.outputSize = requirePositive("outputSize", outputSize);
    weightHh = weight("weight_hh", hiddenSize, outputSize);
    weightHo = weight("weight_ho", outputSize, hiddenSize);
    biasO = weight("bias_o", outputSize);
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch, outputSize);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor y) {
    var h = affine(x, weightIh, bias).add(times(y, weightHh)).tanh();
    var next = affine(h, weightHo, biasO).tanh();
    return new Step<>(next, next);
  }
}
