package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Chaos-free network: without input, its state can only decay.
 *
 * <pre>
 * t = sigmoid(W_t x + U_t h + b_t)
 * e = sigmoid(W_e x + U_e h + b_e)
 * h' = t * tanh(h) + e * tanh(W_n x)
 * </pre>
 *
 * <p>Shapes: x [B, I], h [B, H]; parameters {@code weight_ih} [3H, I] in blocks t, e, n; {@code
 * weight_hh} [2H, H] and {@code bias} [2H] in blocks t, e.
 *
 * <p>Source: Laurent and von Brecht 2016, arXiv 1612.06212.
 */
public final class CfnCell extends SizedCell<Tensor> {
  private final Parameter weightIh = weightIh(3);
  private final Parameter weightHh = weightHh(2);
  private final Parameter bias = bias(2);

  /** A cell with random weights. */
  public CfnCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var a = times(x, weightIh).chunk(3);
    var u = affine(h, weightHh, bias).chunk(2);
    var t = a.get(0).add(u.get(0)).sigmoid();
    var e = a.get(1).add(u.get(1)).sigmoid();
    var next = t.mul(h.tanh()).add(e.mul(a.get(2).tanh()));
    return new Step<>(next, next);
  }
}
