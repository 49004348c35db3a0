package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Minimal gated unit: a GRU whose one gate both resets and updates.
 *
 * <pre>
 * f = sigmoid(W_f x + U_f h + b_f)
 * n = tanh(W_n x + U_n (f * h) + b_n)
 * h' = (1 - f) * h + f * n
 * </pre>
 *
 * <p>Shapes: x [B, I], h [B, H]; parameters {@code weight_ih} [2H, I], {@code weight_hh} [2H, H],
 * {@code bias} [2H], in blocks f, n.
 *
 * <p>Source: Zhou et al. 2016, arXiv 1603.09420.
 */
public final class MguCell extends SizedCell<Tensor> {
  private final Parameter weightIh = weightIh(2);
  private final Parameter weightHh = weightHh(2);
  private final Parameter bias = bias(2);

  /** A cell with random weights. */
  public MguCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var a = affine(x, weightIh, bias).chunk(2);
    var u = weightHh.value().chunk(2, 0);
    var f = a.get(0).add(h.affine(u.get(0), null)).sigmoid();
    var n = a.get(1).add(f.mul(h).affine(u.get(1), null)).tanh();
    var next = mix(f, n, h);
    return new Step<>(next, next);
  }
}
