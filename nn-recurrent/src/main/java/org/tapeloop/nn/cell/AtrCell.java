package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Addition-subtraction twin-gated network: the sum of two products opens the input, their
 * difference the memory.
 *
 * <pre>
 * p = W x,  q = U h
 * h' = sigmoid(p + q) * p + sigmoid(p - q) * h
 * </pre>
 *
 * <p>Shapes: x [B, I], h [B, H]; parameters {@code weight_ih} [H, I], {@code weight_hh} [H, H].
 *
 * <p>Source: Zhang et al. 2018, arXiv 1810.12546.
 */
public final class AtrCell extends SizedCell<Tensor> {
  private final Parameter weightIh = weightIh(1);
  private final Parameter weightHh = weightHh(1);

  /** A cell with random weights. */
  public AtrCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var p = times(x, weightIh);
    var q = times(h, weightHh);
    var next = p.add(q).sigmoid().mul(p).add(p.sub(q).sigmoid().mul(h));
    return new Step<>(next, next);
  }
}
