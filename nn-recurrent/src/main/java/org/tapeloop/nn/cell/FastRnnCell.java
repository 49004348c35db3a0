package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * FastRNN: an Elman network with a weighted residual connection.
 *
 * <pre>
 * h' = sigmoid(alpha) tanh(W x + U h + b) + sigmoid(beta) h
 * </pre>
 *
 * <p>Shapes: x [B, I], h [B, H]; parameters {@code weight_ih} [H, I], {@code weight_hh} [H, H],
 * {@code bias} [H], {@code alpha} and {@code beta} [1], which start at -3 and 3.
 *
 * <p>Source: Kusupati et al. 2018, arXiv 1901.02358, without low rank, sparsity and quantisation.
 */
public final class FastRnnCell extends SizedCell<Tensor> {
  private final Parameter weightIh = weightIh(1);
  private final Parameter weightHh = weightHh(1);
  private final Parameter bias = bias(1);
  private final Parameter alpha = filled("alpha", -3, 1);
  private final Parameter beta = filled("beta", 3, 1);

  /** A cell with random weights. */
  public FastRnnCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var n = affine(x, weightIh, bias).add(times(h, weightHh)).tanh();
    var next = n.mul(alpha.value().sigmoid()).add(h.mul(beta.value().sigmoid()));
    return new Step<>(next, next);
  }
}
