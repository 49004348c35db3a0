package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Bistable recurrent cell: each unit holds a bit, by feeding back its own state with a gain above
 * or below 1.
 *
 * <pre>
 * c = sigmoid(W_c x + v_c * h + b_c)
 * a = 1 + tanh(W_a x + v_a * h + b_a)
 * h' = c * h + (1 - c) * tanh(W_n x + a * h + b_n)
 * </pre>
 *
 * <p>Shapes: x [B, I], h [B, H]; parameters {@code weight_ih} [3H, I] and {@code bias} [3H] in
 * blocks c, a, n; {@code weight_v} [2, H] in the order c, a.
 *
 * <p>Source: Vecoven, Ernst and Drion 2020, arXiv 2006.05252, with biases.
 */
public final class BrcCell extends SizedCell<Tensor> {
  private final Parameter weightIh = weightIh(3);
  private final Parameter weightV = weight("weight_v", 2, hiddenSize);
  private final Parameter bias = bias(3);

  /** A cell with random weights. */
  public BrcCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var z = affine(x, weightIh, bias).chunk(3);
    var v = weightV.value().unstack(0);
    var c = z.get(0).add(h.mul(v.get(0))).sigmoid();
    var a = z.get(1).add(h.mul(v.get(1))).tanh().add(1);
    var next = mix(c, h, z.get(2).add(a.mul(h)).tanh());
    return new Step<>(next, next);
  }
}
