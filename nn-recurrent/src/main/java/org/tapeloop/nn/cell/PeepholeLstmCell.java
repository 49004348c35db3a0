package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.LstmState;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Long short-term memory whose gates see the memory cell.
 *
 * <pre>
 * s = W x + U h + b, in blocks i, f, g, o
 * c' = sigmoid(s_f + p_f * c) * c + sigmoid(s_i + p_i * c) * tanh(s_g)
 * h' = sigmoid(s_o + p_o * c') * tanh(c')
 * </pre>
 *
 * <p>Shapes: x [B, I], h and c [B, H]; parameters {@code weight_ih} [4H, I], {@code weight_hh} [4H,
 * H], {@code bias} [4H], {@code peephole} [3, H] in the order i, f, o.
 *
 * <p>Source: Gers, Schraudolph and Schmidhuber 2002, with gradients through the peepholes, which
 * the paper cuts off.
 */
public final class PeepholeLstmCell extends SizedCell<LstmState> {
  private final Parameter weightIh = weightIh(4);
  private final Parameter weightHh = weightHh(4);
  private final Parameter bias = bias(4);
  private final Parameter peephole = weight("peephole", 3, hiddenSize);

  /** A cell with random weights. */
  public PeepholeLstmCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public LstmState initialState(int batch) {
    return new LstmState(zeros(batch), zeros(batch));
  }

  @Override
  public Step<LstmState> step(Tensor x, LstmState s) {
    var z = affine(x, weightIh, bias).add(times(s.h(), weightHh)).chunk(4);
    var p = peephole.value().unstack(0);
    var i = z.get(0).add(p.get(0).mul(s.c())).sigmoid();
    var f = z.get(1).add(p.get(1).mul(s.c())).sigmoid();
    var c = f.mul(s.c()).add(i.mul(z.get(2).tanh()));
    var o = z.get(3).add(p.get(2).mul(c)).sigmoid();
    var h = o.mul(c.tanh());
    return new Step<>(h, new LstmState(h, c));
  }
}
