package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Minimal RNN: the input is mapped to the space of the state, and one gate chooses between the two.
 *
 * <pre>
 * n = tanh(W x + b_n)
 * u = sigmoid(U h + V n + b_u)
 * h' = u * h + (1 - u) * n
 * </pre>
 *
 * <p>Shapes: x [B, I], h [B, H]; parameters {@code weight_ih} [H, I], {@code weight_hh} and {@code
 * weight_nh} [H, H], {@code bias} [2H] in blocks n, u.
 *
 * <p>Source: Chen 2017, arXiv 1711.06788, with a layer of tanh for its map Phi.
 */
public final class MinimalRnnCell extends SizedCell<Tensor> {
  private final Parameter weightIh = weightIh(1);
  private final Parameter weightHh = weightHh(1);
  private final Parameter weightNh = weight("weight_nh", hiddenSize, hiddenSize);
  private final Parameter bias = bias(2);

  /** A cell with random weights. */
  public MinimalRnnCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var b = bias.value().chunk(2);
    var n = x.affine(weightIh.value(), b.get(0)).tanh();
    var u = n.affine(weightNh.value(), b.get(1)).add(times(h, weightHh)).sigmoid();
    var next = mix(u, h, n);
    return new Step<>(next, next);
  }
}
