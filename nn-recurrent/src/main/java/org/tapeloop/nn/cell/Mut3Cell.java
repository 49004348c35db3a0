package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * The third of three units found by searching among mutations of the GRU.
 *
 * <pre>
 * z = sigmoid(W_z x + U_z tanh(h) + b_z)
 * r = sigmoid(W_r x + U_r h + b_r)
 * n = tanh(W_n x + U_n (r * h) + b_n)
 * h' = z * n + (1 - z) * h
 * </pre>
 *
 * <p>Shapes: x [B, I], h [B, H]; parameters {@code weight_ih} [3H, I], {@code weight_hh} [3H, H],
 * {@code bias} [3H], in blocks z, r, n.
 *
 * <p>Source: Jozefowicz, Zaremba and Sutskever 2015, "An empirical exploration of recurrent network
 * architectures".
 */
public final class Mut3Cell extends SizedCell<Tensor> {
  private final Parameter weightIh = weightIh(3);
  private final Parameter weightHh = weightHh(3);
  private final Parameter bias = bias(3);

  /** A cell with random weights. */
  public Mut3Cell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var a = affine(x, weightIh, bias).chunk(3);
    var u = weightHh.value().chunk(3, 0);
    var z = a.get(0).add(h.tanh().affine(u.get(0), null)).sigmoid();
    var r = a.get(1).add(h.affine(u.get(1), null)).sigmoid();
    var n = a.get(2).add(r.mul(h).affine(u.get(2), null)).tanh();
    var next = mix(z, n, h);
    return new Step<>(next, next);
  }
}
