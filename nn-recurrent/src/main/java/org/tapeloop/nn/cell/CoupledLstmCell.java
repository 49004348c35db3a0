package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.LstmState;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Long short-term memory with coupled gates: what is forgotten makes room for what enters.
 *
 * <pre>
 * f, g, o = blocks of  W x + U h + b
 * c' = sigmoid(f) * c + (1 - sigmoid(f)) * tanh(g)
 * h' = sigmoid(o) * tanh(c')
 * </pre>
 *
 * <p>Shapes: x [B, I], h and c [B, H]; parameters {@code weight_ih} [3H, I], {@code weight_hh} [3H,
 * H], {@code bias} [3H].
 *
 * <p>Source: Greff et al. 2017, arXiv 1503.04069 (CIFG), without peepholes.
 */
public final class CoupledLstmCell extends SizedCell<LstmState> {
  private final Parameter weightIh = weightIh(3);
  private final Parameter weightHh = weightHh(3);
  private final Parameter bias = bias(3);

  /** A cell with random weights. */
  public CoupledLstmCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public LstmState initialState(int batch) {
    return new LstmState(zeros(batch), zeros(batch));
  }

  @Override
  public Step<LstmState> step(Tensor x, LstmState s) {
    var z = affine(x, weightIh, bias).add(times(s.h(), weightHh)).chunk(3);
    var c = mix(z.get(0).sigmoid(), s.c(), z.get(1).tanh());
    var h = z.get(2).sigmoid().mul(c.tanh());
    return new Step<>(h, new LstmState(h, c));
  }
}
