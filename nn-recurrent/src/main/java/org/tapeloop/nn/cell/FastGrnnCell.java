package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * FastGRNN: one gate that shares its weights with the candidate.
 *
 * <pre>
 * s = W x + U h
 * z = sigmoid(s + b_z)
 * h' = (sigmoid(zeta) (1 - z) + sigmoid(nu)) * tanh(s + b_n) + z * h
 * </pre>
 *
 * <p>Shapes: x [B, I], h [B, H]; parameters {@code weight_ih} [H, I], {@code weight_hh} [H, H],
 * {@code bias} [2H] in blocks z, n, {@code zeta} and {@code nu} [1], which start at 1 and -4.
 *
 * <p>Source: Kusupati et al. 2018, arXiv 1901.02358, without low rank, sparsity and quantisation.
 */
public final class FastGrnnCell extends SizedCell<Tensor> {
  private final Parameter weightIh = weightIh(1);
  private final Parameter weightHh = weightHh(1);
  private final Parameter bias = bias(2);
  private final Parameter zeta = filled("zeta", 1, 1);
  private final Parameter nu = filled("nu", -4, 1);

  /** A cell with random weights. */
  public FastGrnnCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var b = bias.value().chunk(2);
    var u = times(x, weightIh).add(times(h, weightHh));
    var z = u.add(b.get(0)).sigmoid();
    var share = z.rsub(1).mul(zeta.value().sigmoid()).add(nu.value().sigmoid());
    var next = share.mul(u.add(b.get(1)).tanh()).add(z.mul(h));
    return new Step<>(next, next);
  }
}
