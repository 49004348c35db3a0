package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * The first of three units found by searching among mutations of the GRU.
 *
 * <pre>
 * z = sigmoid(W_z x + b_z)
 * r = sigmoid(W_r x + U_r h + b_r)
 * n = tanh(tanh(W_n x) + U_n (r * h) + b_n)
 * h' = z * n + (1 - z) * h
 * </pre>
 *
 * <p>Shapes: x [B, I], h [B, H]; parameters {@code weight_ih} [3H, I], {@code weight_hh} [2H, H] in
 * blocks r, n, {@code bias} [3H], in blocks z, r, n.
 *
 * <p>Source: Jozefowicz, Zaremba and Sutskever 2015, "An empirical exploration of recurrent network
 * architectures", which has tanh(x) for tanh(W_n x), and so as many inputs as units.
 */
public final class Mut1Cell extends SizedCell<Tensor> {
  private final Parameter weightIh = weightIh(3);
  private final Parameter weightHh = weightHh(2);
  private final Parameter bias = bias(3);

  /** A cell with random weights. */
  public Mut1Cell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var a = times(x, weightIh).chunk(3);
    var b = bias.value().chunk(3);
    var u = weightHh.value().chunk(2, 0);
    var z = a.get(0).add(b.get(0)).sigmoid();
    var r = a.get(1).add(b.get(1)).add(h.affine(u.get(0), null)).sigmoid();
    var in = a.get(2).tanh().add(b.get(2));
    var n = in.add(r.mul(h).affine(u.get(1), null)).tanh();
    var next = mix(z, n, h);
    return new Step<>(next, next);
  }
}
