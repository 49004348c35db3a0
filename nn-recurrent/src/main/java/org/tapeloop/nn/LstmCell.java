package org.tapeloop.nn;

import java.util.ArrayList;
import java.util.List;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * Long short-term memory with a forget gate, as PyTorch's {@code nn.LSTMCell}.
 *
 * <pre>
 * i, f, g, o = blocks of  W_ih x + b_ih + W_hh h + b_hh
 * c' = sigmoid(f) * c + sigmoid(i) * tanh(g)
 * h' = sigmoid(o) * tanh(c')
 * </pre>
 *
 * <p>Shapes: x [B, I], h and c [B, H]; parameters {@code weight_ih} [4H, I], {@code weight_hh} [4H,
 * H], {@code bias_ih} and {@code bias_hh} [4H], drawn uniformly from (-1/sqrt(H), 1/sqrt(H)).
 *
 * <p>Source: Hochreiter and Schmidhuber 1997; forget gate by Gers, Schmidhuber and Cummins 2000.
 * Two bias vectors are kept, as in PyTorch and cuDNN, though their sum is all that counts.
 */
public final class LstmCell extends GatedCell implements RecurrentCell<LstmState> {
  private static final int GATES = 4;

  /** A cell with biases. */
  public LstmCell(int inputSize, int hiddenSize, Generator generator) {
    this(inputSize, hiddenSize, true, generator);
  }

  private LstmCell(int inputSize, int hiddenSize, boolean bias, Generator generator) {
    super(GATES, inputSize, hiddenSize, bias, generator);
  }

  /** A cell without biases. */
  public static LstmCell withoutBias(int inputSize, int hiddenSize, Generator generator) {
    return new LstmCell(inputSize, hiddenSize, false, generator);
  }

  /**
   * Sets the forget gate's bias, so that the cell remembers from the start: the f block of {@code
   * bias_ih} becomes the value, that of {@code bias_hh} 0 (Jozefowicz, Zaremba and Sutskever 2015
   * use 1).
   *
   * @throws IllegalStateException if the cell has no biases
   */
  public LstmCell forgetBias(double value) {
    if (biasIh == null || biasHh == null) {
      throw new IllegalStateException("forgetBias: the cell has no biases");
    }
    biasIh.set(withForgetBlock(biasIh.value(), value));
    biasHh.set(withForgetBlock(biasHh.value(), 0));
    return this;
  }

  /**
   * Sets the gates' biases for times spread up to the longest dependency: the f block of {@code
   * bias_ih} is drawn by {@link Initializer#chrono}, the i block is its opposite, all others are 0.
   *
   * @param longest in steps, above 2
   * @throws IllegalStateException if the cell has no biases
   */
  public LstmCell chronoBias(double longest, Generator generator) {
    if (biasIh == null || biasHh == null) {
      throw new IllegalStateException("chronoBias: the cell has no biases");
    }
    Tensor keep = Initializer.chrono(longest).create(Shape.of(hiddenSize()), generator);
    Tensor none = keep.zerosLike();
    biasIh.set(Tensor.cat(List.of(keep.neg(), keep, none, none), 0).to(biasIh.value().dtype()));
    biasHh.set(biasHh.value().detach().zerosLike());
    return this;
  }

  private static Tensor withForgetBlock(Tensor bias, double value) {
    var blocks = new ArrayList<>(bias.detach().chunk(GATES));
    blocks.set(1, Tensor.full(bias.dtype(), blocks.get(1).shape(), value));
    return Tensor.cat(blocks, 0);
  }

  @Override
  public LstmState initialState(int batch) {
    return new LstmState(zeroState(batch), zeroState(batch));
  }

  @Override
  public Step<LstmState> step(Tensor x, LstmState s) {
    var z = affine(x, weightIh, biasIh).add(affine(s.h(), weightHh, biasHh)).chunk(GATES);
    var i = z.get(0).sigmoid();
    var f = z.get(1).sigmoid();
    var g = z.get(2).tanh();
    var o = z.get(3).sigmoid();
    var c = f.mul(s.c()).add(i.mul(g));
    var h = o.mul(c.tanh());
    return new Step<>(h, new LstmState(h, c));
  }
}
