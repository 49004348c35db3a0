package org.tapeloop.nn;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * Long short-term memory whose output is projected to fewer features before it is fed back, as
 * PyTorch's {@code nn.LSTM} with {@code proj_size}.
 *
 * <pre>
 * i, f, g, o = blocks of  W_ih x + b_ih + W_hh h + b_hh
 * c' = sigmoid(f) * c + sigmoid(i) * tanh(g)
 * h' = W_hr (sigmoid(o) * tanh(c'))
 * </pre>
 *
 * <p>Shapes: x [B, I], h [B, R], c [B, H]; parameters {@code weight_ih} [4H, I], {@code weight_hh}
 * [4H, R], {@code bias_ih} and {@code bias_hh} [4H], {@code weight_hr} [R, H], drawn uniformly from
 * (-1/sqrt(H), 1/sqrt(H)).
 *
 * <p>Source: Sak, Senior and Beaufays 2014, arXiv 1402.1128, without its peepholes and without its
 * second, non-recurrent projection.
 */
public final class ProjectedLstmCell extends GatedCell implements RecurrentCell<LstmState> {
  private static final int GATES = 4;

  private final int outputSize;
  private final Parameter weightHr;

  /** A cell with biases. */
  public ProjectedLstmCell(int inputSize, int hiddenSize, int outputSize, Generator generator) {
    this(inputSize, hiddenSize, outputSize, true, generator);
  }

  private ProjectedLstmCell(
      int inputSize, int hiddenSize, int outputSize, boolean bias, Generator generator) {
    super(GATES, inputSize, hiddenSize, outputSize, bias, generator);
    this.outputSize = outputSize;
    weightHr =
        parameter("weight_hr", uniform().create(Shape.of(outputSize, hiddenSize), generator));
  }

  /** A cell without biases. */
  public static ProjectedLstmCell withoutBias(
      int inputSize, int hiddenSize, int outputSize, Generator generator) {
    return new ProjectedLstmCell(inputSize, hiddenSize, outputSize, false, generator);
  }

  /** R, the last extent of h and of the output. */
  public int outputSize() {
    return outputSize;
  }

  @Override
  public LstmState initialState(int batch) {
    return new LstmState(zeroState(batch, outputSize), zeroState(batch));
  }

  @Override
  public Step<LstmState> step(Tensor x, LstmState s) {
    var z = affine(x, weightIh, biasIh).add(affine(s.h(), weightHh, biasHh)).chunk(GATES);
    var i = z.get(0).sigmoid();
    var f = z.get(1).sigmoid();
    var g = z.get(2).tanh();
    var o = z.get(3).sigmoid();
    var c = f.mul(s.c()).add(i.mul(g));
    var h = affine(o.mul(c.tanh()), weightHr, null);
    return new Step<>(h, new LstmState(h, c));
  }
}
