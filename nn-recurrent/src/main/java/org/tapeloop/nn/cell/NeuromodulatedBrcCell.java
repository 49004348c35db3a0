package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Neuromodulated bistable recurrent cell (nBRC): a {@link BrcCell} whose gates see all units.
 *
 * <pre>
 * c = sigmoid(W_c x + U_c h + b_c)
 * a = 1 + tanh(W_a x + U_a h + b_a)
 * h' = c * h + (1 - c) * tanh(W_n x + a * h + b_n)
 * </pre>
 *
 * <p>Shapes: x [B, I], h [B, H]; parameters {@code weight_ih} [3H, I] and {@code bias} [3H] in
 * blocks c, a, n; {@code weight_hh} [2H, H] in blocks c, a.
 *
 * <p>Source: Vecoven, Ernst and Drion 2020, arXiv 2006.05252, with biases.
 */
public final class NeuromodulatedBrcCell extends SizedCell<Tensor> {
  private final Parameter weightIh = weightIh(3);
  private final Parameter weightHh = weightHh(2);
  private final Parameter bias = bias(3);

  /** A cell with random weights. */
  public NeuromodulatedBrcCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var z = affine(x, weightIh, bias).chunk(3);
    var u = times(h, weightHh).chunk(2);
    var c = z.get(0).add(u.get(0)).sigmoid();
    var a = z.get(1).add(u.get(1)).tanh().add(1);
    var next = mix(c, h, z.get(2).add(a.mul(h)).tanh());
    return new Step<>(next, next);
  }
}
