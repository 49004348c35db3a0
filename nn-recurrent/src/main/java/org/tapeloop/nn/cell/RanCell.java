package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.LstmState;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Recurrent additive network: a memory that only ever adds linear maps of inputs.
 *
 * <pre>
 * i = sigmoid(W_i x + U_i h + b_i)
 * f = sigmoid(W_f x + U_f h + b_f)
 * c' = i * (W_n x) + f * c
 * h' = tanh(c')
 * </pre>
 *
 * <p>Shapes: x [B, I], h and c [B, H]; parameters {@code weight_ih} [3H, I] in blocks n, i, f;
 * {@code weight_hh} [2H, H] and {@code bias} [2H] in blocks i, f.
 *
 * <p>Source: Lee, Levy and Zettlemoyer 2017, arXiv 1705.07393.
 */
public final class RanCell extends SizedCell<LstmState> {
  private final Parameter weightIh = weightIh(3);
  private final Parameter weightHh = weightHh(2);
  private final Parameter bias = bias(2);

  /** A cell with random weights. */
  public RanCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public LstmState initialState(int batch) {
    return new LstmState(zeros(batch), zeros(batch));
  }

  @Override
  public Step<LstmState> step(Tensor x, LstmState s) {
    var a = times(x, weightIh).chunk(3);
    var u = affine(s.h(), weightHh, bias).chunk(2);
    var i = a.get(1).add(u.get(0)).sigmoid();
    var f = a.get(2).add(u.get(1)).sigmoid();
    var c = i.mul(a.get(0)).add(f.mul(s.c()));
    var h = c.tanh();
    return new Step<>(h, new LstmState(h, c));
  }
}
