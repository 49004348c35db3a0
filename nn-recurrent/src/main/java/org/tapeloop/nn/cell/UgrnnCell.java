package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Update gate recurrent network: one gate between the old state and a candidate.
 *
 * <pre>
 * g = sigmoid(W_g x + U_g h + b_g)
 * h' = g * h + (1 - g) * tanh(W_n x + U_n h + b_n)
 * </pre>
 *
 * <p>Shapes: x [B, I], h [B, H]; parameters {@code weight_ih} [2H, I], {@code weight_hh} [2H, H],
 * {@code bias} [2H], in blocks g, n.
 *
 * <p>Source: Collins, Sohl-Dickstein and Sussillo 2017, arXiv 1611.09913.
 */
public final class UgrnnCell extends SizedCell<Tensor> {
  private final Parameter weightIh = weightIh(2);
  private final Parameter weightHh = weightHh(2);
  private final Parameter bias = bias(2);

  /** A cell with random weights. */
  public UgrnnCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var z = affine(x, weightIh, bias).add(times(h, weightHh)).chunk(2);

    var next = mix(z.get(0).sigmoid(), h, z.get(1).tanh());
    return new Step<>(next, next);
  }
}
