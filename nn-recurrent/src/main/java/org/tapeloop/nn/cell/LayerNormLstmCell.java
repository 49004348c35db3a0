package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.LstmState;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Long short-term memory with layer normalisation of both products and of the memory cell.
 *
 * <pre>
 * s = N(U h; gain_hh, shift_hh) + N(W x; gain_ih, shift_ih) + b, in blocks i, f, g, o
 * c' = sigmoid(s_f) * c + sigmoid(s_i) * tanh(s_g)
 * h' = sigmoid(s_o) * tanh(N(c'; gain_c, shift_c))
 * </pre>
 *
 * <p>N is {@link Tensor#layerNorm} over all entries, 4H of them for the products, with epsilon
 * 1e-5. Shapes: x [B, I], h and c [B, H]; parameters {@code weight_ih} [4H, I], {@code weight_hh}
 * [4H, H], {@code bias}, {@code gain_ih}, {@code shift_ih}, {@code gain_hh}, {@code shift_hh} [4H],
 * {@code gain_c}, {@code shift_c} [H]. Gains start at 1, shifts at 0.
 *
 * <p>Source: Ba, Kiros and Hinton 2016, arXiv 1607.06450.
 */
public final class LayerNormLstmCell extends SizedCell<LstmState> {
  private static final double EPSILON = 1e-5;

  private final Parameter weightIh = weightIh(4);
  private final Parameter weightHh = weightHh(4);
  private final Parameter bias = bias(4);
  private final Parameter gainIh = filled("gain_ih", 1, 4 * hiddenSize);
  private final Parameter shiftIh = filled("shift_ih", 0, 4 * hiddenSize);
  private final Parameter gainHh = filled("gain_hh", 1, 4 * hiddenSize);
  private final Parameter shiftHh = filled("shift_hh", 0, 4 * hiddenSize);
  private final Parameter gainC = filled("gain_c", 1, hiddenSize);
  private final Parameter shiftC = filled("shift_c", 0, hiddenSize);

  /** A cell with random weights. */
  public LayerNormLstmCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public LstmState initialState(int batch) {
    return new LstmState(zeros(batch), zeros(batch));
  }

  @Override
  public Step<LstmState> step(Tensor x, LstmState s) {
    var in = normal(times(x, weightIh), gainIh, shiftIh).add(bias.value());
    var z = in.add(normal(times(s.h(), weightHh), gainHh, shiftHh)).chunk(4);
    var c = z.get(1).sigmoid().mul(s.c()).add(z.get(0).sigmoid().mul(z.get(2).tanh()));
    var h = z.get(3).sigmoid().mul(normal(c, gainC, shiftC).tanh());
    return new Step<>(h, new LstmState(h, c));
  }

  private static Tensor normal(Tensor z, Parameter gain, Parameter shift) {
    return z.layerNorm(1, gain.value(), shift.value(), EPSILON);
  }
}
