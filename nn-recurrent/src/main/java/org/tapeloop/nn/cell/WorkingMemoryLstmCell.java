package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.LstmState;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Long short-term memory with working memory connections: gates see a bounded projection of the
 * memory cell.
 *
 * <pre>
 * i, f, g, o = blocks of  W x + U h + b
 * c' = sigmoid(f + tanh(V_f c)) * c + sigmoid(i + tanh(V_i c)) * tanh(g)
 * h' = sigmoid(o + tanh(V_o c')) * tanh(c')
 * </pre>
 *
 * <p>Shapes: x [B, I], h and c [B, H]; parameters {@code weight_ih} [4H, I], {@code weight_hh} [4H,
 * H], {@code bias} [4H], {@code weight_ch} [3H, H] in blocks i, f, o.
 *
 * <p>Source: Landi et al. 2021, arXiv 2109.00020.
 */
public final class WorkingMemoryLstmCell extends SizedCell<LstmState> {
  private final Parameter weightIh = weightIh(4);
  private final Parameter weightHh = weightHh(4);
  private final Parameter bias = bias(4);
  private final Parameter weightCh = weight("weight_ch", 3 * hiddenSize, hiddenSize);

  /** A cell with random weights. */
  public WorkingMemoryLstmCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public LstmState initialState(int batch) {
    return new LstmState(zeros(batch), zeros(batch));
  }

  @Override
  public Step<LstmState> step(Tensor x, LstmState s) {
    var z = affine(x, weightIh, bias).add(times(s.h(), weightHh)).chunk(4);
    var v = weightCh.value().split(new int[] {2 * hiddenSize, hiddenSize}, 0);
    var memory = s.c().affine(v.get(0), null).tanh().chunk(2);
    var i = z.get(0).add(memory.get(0)).sigmoid();
    var f = z.get(1).add(memory.get(1)).sigmoid();
    var c = f.mul(s.c()).add(i.mul(z.get(2).tanh()));
    var o = z.get(3).add(c.affine(v.get(1), null).tanh()).sigmoid();
    var h = o.mul(c.tanh());
    return new Step<>(h, new LstmState(h, c));
  }
}
