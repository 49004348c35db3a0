package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Recurrent highway network: L highway layers within one step.
 *
 * <pre>
 * s_0 = h;  for l = 1 ... L:
 *   a = U_l s_(l-1) + b_l, plus W x where l = 1, in blocks n, t and, if not coupled, c
 *   t = sigmoid(a_t),  carry = 1 - t if coupled, else sigmoid(a_c)
 *   s_l = tanh(a_n) * t + s_(l-1) * carry
 * h' = s_L
 * </pre>
 *
 * <p>Shapes: x [B, I], h [B, H]; parameters {@code weight_ih} [qH, I], {@code weight_hh} [L, qH,
 * H], {@code bias} [L, qH], with q = 2 if coupled, else 3.
 *
 * <p>Source: Zilly et al. 2017, arXiv 1607.03474.
 */
public final class RhnCell extends SizedCell<Tensor> {
  private final int depth;
  private final boolean coupled;
  private final Parameter weightIh;
  private final Parameter weightHh;
  private final Parameter bias;

  /** A coupled cell of depth 3. */
  public RhnCell(int inputSize, int hiddenSize, Generator generator) {
    this(inputSize, hiddenSize, 3, true, generator);
  }

  /**
   * A cell with random weights.
   *
   * @param depth L
   * @param coupled whether what is not transformed is carried
   */
  public RhnCell(int inputSize, int hiddenSize, int depth, boolean coupled, Generator generator) {
    super(inputSize, hiddenSize, generator);
    this.depth = requirePositive("depth", depth);
    this.coupled = coupled;
    int blocks = coupled ? 2 : 3;
    weightIh = weightIh(blocks);
    weightHh = weight("weight_hh", depth, blocks * hiddenSize, hiddenSize);
    bias = weight("bias", depth, blocks * hiddenSize);
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var u = weightHh.value().unstack(0);
    var b = bias.value().unstack(0);
    var s = h;
    for (int l = 0; l < depth; l++) {
      var a = s.affine(u.get(l), b.get(l));
      var z = (l == 0 ? a.add(times(x, weightIh)) : a).chunk(coupled ? 2 : 3);
      var t = z.get(1).sigmoid();
      var carry = coupled ? t.rsub(1) : z.get(2).sigmoid();
      s = z.get(0).tanh().mul(t).add(s.mul(carry));
    }
    return new Step<>(s, s);
  }
}
