package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * The second of three units found by searching among mutations of the GRU.
 *
 * <pre>
 * z = sigmoid(W_z x + U_z h + b_z)
 * r = sigmoid(S + U_r h + b_r)
 * n = tanh(W_n x + U_n (r * h) + b_n)
 * h' = z * n + (1 - z) * h
 * </pre>
 *
 * <p>S is x where I = H, and else {@code W_r x}. Shapes: x [B, I], h [B, H]; parameters {@code
 * weight_ih} [2H, I] in blocks z, n, or [3H, I] with W_r as the last; {@code weight_hh} [3H, H] and
 * {@code bias} [3H] in blocks z, r, n.
 *
 * <p>Source: Jozefowicz, Zaremba and Sutskever 2015, "An empirical exploration of recurrent network
 * architectures".
 */
public final class Mut2Cell extends SizedCell<Tensor> {
  private final boolean projected;
  private final Parameter weightIh;
  private final Parameter weightHh = weightHh(3);
  private final Parameter bias = bias(3);

  /** A cell with random weights. */
  public Mut2Cell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
    projected = inputSize != hiddenSize;
    weightIh = weightIh(projected ? 3 : 2);
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var a = times(x, weightIh).chunk(projected ? 3 : 2);
    var b = bias.value().chunk(3);
    var u = weightHh.value().chunk(3, 0);
    var z = a.get(0).add(h.affine(u.get(0), b.get(0))).sigmoid();
    var r = (projected ? a.get(2) : x).add(h.affine(u.get(1), b.get(1))).sigmoid();
    var n = a.get(1).add(r.mul(h).affine(u.get(2), b.get(2))).tanh();
    var next = mix(z, n, h);
    return new Step<>(next, next);
  }
}
