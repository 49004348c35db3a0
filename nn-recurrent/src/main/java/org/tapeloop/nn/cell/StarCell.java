package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Stackable recurrent cell: one gate, made so that gradients keep their size through deep stacks.
 *
 * <pre>
 * z = tanh(W_z x + b_z)
 * k = sigmoid(W_k x + U h + b_k)
 * h' = tanh((1 - k) * h + k * z)
 * </pre>
 *
 * <p>Shapes: x [B, I], h [B, H]; parameters {@code weight_ih} [2H, I] and {@code bias} [2H] in
 * blocks z, k; {@code weight_hh} [H, H].
 *
 * <p>Source: Turkoglu et al. 2021, arXiv 1911.11033.
 */
public final class StarCell extends SizedCell<Tensor> {
  private final Parameter weightIh = weightIh(2);
  private final Parameter weightHh = weightHh(1);
  private final Parameter bias = bias(2);

  /** A cell with random weights. */
  public StarCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var a = affine(x, weightIh, bias).chunk(2);
    var k = a.get(1).add(times(h, weightHh)).sigmoid();
    var next = mix(k, a.get(0).tanh(), h).tanh();
    return new Step<>(next, next);
  }
}
