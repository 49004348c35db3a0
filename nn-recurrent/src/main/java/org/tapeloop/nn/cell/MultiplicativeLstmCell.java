package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.LstmState;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Multiplicative LSTM: an LSTM whose recurrent weight depends on the input, by way of a factored
 * product.
 *
 * <pre>
 * m = (V x) * (R h)
 * i, f, g, o = blocks of  W x + U m + b
 * c' = sigmoid(f) * c + sigmoid(i) * tanh(g)
 * h' = sigmoid(o) * tanh(c')
 * </pre>
 *
 * <p>Shapes: x [B, I], h and c [B, H]; parameters {@code weight_ih} [4H, I], {@code weight_hh} [4H,
 * H], {@code bias} [4H], {@code weight_im} [H, I], {@code weight_hm} [H, H].
 *
 * <p>Source: Krause et al. 2016, arXiv 1609.07959.
 */
public final class MultiplicativeLstmCell extends SizedCell<LstmState> {
  private final Parameter weightIh = weightIh(4);
  private final Parameter weightHh = weightHh(4);
  private final Parameter bias = bias(4);
  private final Parameter weightIm = weight("weight_im", hiddenSize, inputSize);
  private final Parameter weightHm = weight("weight_hm", hiddenSize, hiddenSize);

  /** A cell with random weights. */
  public MultiplicativeLstmCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public LstmState initialState(int batch) {
    return new LstmState(zeros(batch), zeros(batch));
  }

  @Override
  public Step<LstmState> step(Tensor x, LstmState s) {
    var m = times(x, weightIm).mul(times(s.h(), weightHm));
    var z = affine(x, weightIh, bias).add(times(m, weightHh)).chunk(4);
    var c = z.get(1).sigmoid().mul(s.c()).add(z.get(0).sigmoid().mul(z.get(2).tanh()));
    var h = z.get(3).sigmoid().mul(c.tanh());
    return new Step<>(h, new LstmState(h, c));
  }
}
