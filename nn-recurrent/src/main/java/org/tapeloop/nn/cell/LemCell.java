package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Long expressive memory: two states with step sizes of their own, which depend on input and state.
 *
 * <pre>
 * d = dt sigmoid(W_d x + U_d y + b_d),  e = dt sigmoid(W_e x + U_e y + b_e)
 * z' = (1 - d) * z + d * tanh(W_z x + U_z y + b_z)
 * y' = (1 - e) * y + e * tanh(W_y x + V z' + b_y)
 * </pre>
 *
 * <p>The output is y'. Shapes: x [B, I], y and z [B, H]; parameters {@code weight_ih} [4H, I] and
 * {@code bias} [4H] in blocks d, e, z, y; {@code weight_hh} [3H, H] in blocks d, e, z; {@code
 * weight_zh} [H, H].
 *
 * <p>Source: Rusch et al. 2022, arXiv 2110.04744.
 */
public final class LemCell extends SizedCell<LemCell.State> {
  /** The fast and the slow state, each [B, H]. */
  public record State(Tensor y, Tensor z) {}

  private final Parameter weightIh = weightIh(4);
  private final Parameter weightHh = weightHh(3);
  private final Parameter weightZh = weight("weight_zh", hiddenSize, hiddenSize);
  private final Parameter bias = bias(4);
  private final double dt;

  /** A cell with dt 1, the paper's default. */
  public LemCell(int inputSize, int hiddenSize, Generator generator) {
    this(inputSize, hiddenSize, 1, generator);
  }

  /**
   * A cell with random weights.
   *
   * @param dt the longest step size
   */
  public LemCell(int inputSize, int hiddenSize, double dt, Generator generator) {
    super(inputSize, hiddenSize, generator);
    this.dt = dt;
  }

  @Override
  public LemCell.State initialState(int batch) {
    return new State(zeros(batch), zeros(batch));
  }

  @Override
  public Step<LemCell.State> step(Tensor x, LemCell.State s) {
    var a = affine(x, weightIh, bias).chunk(4);
    var u = times(s.y(), weightHh).chunk(3);
    var d = a.get(0).add(u.get(0)).sigmoid().mul(dt);
    var e = a.get(1).add(u.get(1)).sigmoid().mul(dt);
    var z = mix(d, a.get(2).add(u.get(2)).tanh(), s.z());
    var y = mix(e, a.get(3).add(times(z, weightZh)).tanh(), s.y());
    return new Step<>(y, new State(y, z));
  }
}
