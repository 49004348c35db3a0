package org.tapeloop.nn;

import java.util.List;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * Gated recurrent unit with the reset gate after the recurrent product, as PyTorch's {@code
 * nn.GRUCell} and cuDNN.
 *
 * <pre>
 * a = W_ih x + b_ih,  u = W_hh h + b_hh, each in blocks r, z, n
 * r = sigmoid(a_r + u_r)
 * z = sigmoid(a_z + u_z)
 * n = tanh(a_n + r * u_n)
 * h' = (1 - z) * n + z * h
 * </pre>
 *
 * <p>Shapes: x [B, I], h [B, H]; parameters {@code weight_ih} [3H, I], {@code weight_hh} [3H, H],
 * {@code bias_ih} and {@code bias_hh} [3H], drawn uniformly from (-1/sqrt(H), 1/sqrt(H)).
 *
 * <p>Source: Cho et al. 2014, which applies the reset before the product; here it comes after, and
 * z keeps the old state where the paper's first version keeps the new one.
 */
public final class GruCell extends GatedCell implements RecurrentCell<Tensor> {
  private static final int GATES = 3;

  /** A cell with biases. */
  public GruCell(int inputSize, int hiddenSize, Generator generator) {
    this(inputSize, hiddenSize, true, generator);
  }

  private GruCell(int inputSize, int hiddenSize, boolean bias, Generator generator) {
    super(GATES, inputSize, hiddenSize, bias, generator);
  }

  /** A cell without biases. */
  public static GruCell withoutBias(int inputSize, int hiddenSize, Generator generator) {
    return new GruCell(inputSize, hiddenSize, false, generator);
  }

  /**
   * Sets the biases for times spread up to the longest dependency: the z block of {@code bias_ih},
   * which keeps the state here, is drawn by {@link Initializer#chrono}, all others are 0.
   *
   * @param longest in steps, above 2
   * @throws IllegalStateException if the cell has no biases
   */
  public GruCell chronoBias(double longest, Generator generator) {
    if (biasIh == null || biasHh == null) {
      throw new IllegalStateException("chronoBias: the cell has no biases");
    }
    Tensor keep = Initializer.chrono(longest).create(Shape.of(hiddenSize()), generator);
    Tensor none = keep.zerosLike();
    biasIh.set(Tensor.cat(List.of(none, keep, none), 0).to(biasIh.value().dtype()));
    biasHh.set(biasHh.value().detach().zerosLike());
    return this;
  }

  @Override
  public Tensor initialState(int batch) {
    return zeroState(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var a = affine(x, weightIh, biasIh).chunk(GATES);
    var u = affine(h, weightHh, biasHh).chunk(GATES);
    var r = a.get(0).add(u.get(0)).sigmoid();
    var z = a.get(1).add(u.get(1)).sigmoid();
    var n = a.get(2).add(r.mul(u.get(2))).tanh();
    var next = n.add(z.mul(h.sub(n)));
    return new Step<>(next, next);
  }
}
