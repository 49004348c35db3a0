package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Simple recurrent unit: gates see of the old state only their own unit, and the output is a
 * highway between state and input.
 *
 * <pre>
 * f = sigmoid(W_f x + v_f * c + b_f)
 * r = sigmoid(W_r x + v_r * c + b_r)
 * c' = f * c + (1 - f) * W_n x
 * y = r * c' + (1 - r) * k S
 * </pre>
 *
 * <p>S is x where I = H, and else {@code W_s x}. Shapes: x [B, I], c and y [B, H]; parameters
 * {@code weight_ih} [3H, I], or [4H, I] with W_s, in blocks n, f, r, s; {@code weight_c} and {@code
 * bias} [2, H] in the order f, r.
 *
 * <p>Source: Lei et al. 2018, arXiv 1709.02755.
 */
public final class SruCell extends SizedCell<Tensor> {
  private final boolean projected;
  private final double highwayScale;
  private final Parameter weightIh;
  private final Parameter weightC = weight("weight_c", 2, hiddenSize);
  private final Parameter bias = weight("bias", 2, hiddenSize);

  /** A cell that maps its input for the highway if its size differs from H; k = 1. */
  public SruCell(int inputSize, int hiddenSize, Generator generator) {
    this(inputSize, hiddenSize, inputSize != hiddenSize, 1, generator);
  }

  /**
   * A cell with random weights.
   *
   * @param projected whether S is W_s x
   * @param highwayScale k
   * @throws IllegalArgumentException if S is x, and x has not H features
   */
  public SruCell(
      int inputSize, int hiddenSize, boolean projected, double highwayScale, Generator generator) {
    super(inputSize, hiddenSize, generator);
    if (!projected && inputSize != hiddenSize) {
      throw new IllegalArgumentException(
          "SruCell: without a projection inputSize %d must be hiddenSize %d"
              .formatted(inputSize, hiddenSize));
    }
    this.projected = projected;
    this.highwayScale = highwayScale;
    weightIh = weightIh(projected ? 4 : 3);
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor c) {
    var u = times(x, weightIh).chunk(projected ? 4 : 3);
    var v = weightC.value().unstack(0);
    var b = bias.value().unstack(0);
    var f = u.get(1).add(v.get(0).mul(c)).add(b.get(0)).sigmoid();
    var r = u.get(2).add(v.get(1).mul(c)).add(b.get(1)).sigmoid();
    var next = mix(f, c, u.get(0));
    var skip = (projected ? u.get(3) : x).mul(highwayScale);
    return new Step<>(mix(r, next, skip), next);
  }
}
