package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Light GRU: no reset gate, and a candidate by relu.
 *
 * <pre>
 * z = sigmoid(W_z x + U_z h + b_z)
 * h' = z * h + (1 - z) * relu(W_n x + U_n h + b_n)
 * </pre>
 *
 * <p>Shapes: x [B, I], h [B, H]; parameters {@code weight_ih} [2H, I], {@code weight_hh} [2H, H],
 * {@code bias} [2H], in blocks z, n.
 *
 * <p>Source: Ravanelli et al. 2018, arXiv 1803.10225, without the batch normalisation of W x.
 */
public final class LiGruCell extends SizedCell<Tensor> {
  private final Parameter weightIh = weightIh(2);
  private final Parameter weightHh = weightHh(2);
  private final Parameter bias = bias(2);

  /** A cell with random weights. */
  public LiGruCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var z = affine(x, weightIh, bias).add(times(h, weightHh)).chunk(2);

    var next = mix(z.get(0).sigmoid(), h, z.get(1).relu());
    return new Step<>(next, next);
  }
}
