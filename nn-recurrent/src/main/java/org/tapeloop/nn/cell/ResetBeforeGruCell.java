package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Gated recurrent unit with the reset gate before the recurrent product.
 *
 * <pre>
 * r = sigmoid(W_r x + U_r h + b_r)
 * z = sigmoid(W_z x + U_z h + b_z)
 * n = tanh(W_n x + U_n (r * h) + b_n)
 * h' = (1 - z) * n + z * h
 * </pre>
 *
 * <p>Shapes: x [B, I], h [B, H]; parameters {@code weight_ih} [3H, I], {@code weight_hh} [3H, H],
 * {@code bias} [3H], in blocks r, z, n.
 *
 * <p>Source: Cho et al. 2014, arXiv 1406.1078, with biases.
 */
public final class ResetBeforeGruCell extends SizedCell<Tensor> {
  private final Parameter weightIh = weightIh(3);
  private final Parameter weightHh = weightHh(3);
  private final Parameter bias = bias(3);

  /** A cell with random weights. */
  public ResetBeforeGruCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var a = affine(x, weightIh, bias).chunk(3);
    var w = weightHh.value().split(new int[] {2 * hiddenSize, hiddenSize}, 0);
    var u = h.affine(w.get(0), null).chunk(2);
    var r = a.get(0).add(u.get(0)).sigmoid();
    var z = a.get(1).add(u.get(1)).sigmoid();
    var n = a.get(2).add(r.mul(h).affine(w.get(1), null)).tanh();
    var next = mix(z, h, n);
    return new Step<>(next, next);
  }
}
