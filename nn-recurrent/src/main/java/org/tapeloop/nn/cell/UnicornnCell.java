package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Undamped independent controlled oscillatory RNN: a Hamiltonian system of uncoupled oscillators,
 * each with a time scale of its own.
 *
 * <pre>
 * r = dt sigmoid(s)
 * z' = z - r * (tanh(u * y + W x + b) + alpha y)
 * y' = y + r * z'
 * </pre>
 *
 * <p>The output is y'. Shapes: x [B, I], y and z [B, H]; parameters {@code weight_ih} [H, I],
 * {@code weight_u}, {@code time_scale} (s) and {@code bias} [H].
 *
 * <p>Source: Rusch and Mishra 2021, arXiv 2103.05487, without the residual connections between its
 * layers.
 */
public final class UnicornnCell extends SizedCell<UnicornnCell.State> {
  /** Positions and velocities, each [B, H]. */
  public record State(Tensor y, Tensor z) {}

  private final Parameter weightIh = weightIh(1);
  private final Parameter weightU = weight("weight_u", hiddenSize);
  private final Parameter timeScale = weight("time_scale", hiddenSize);
  private final Parameter bias = bias(1);
  private final double dt;
  private final double alpha;

  /** A cell with dt 0.1 and alpha 1. */
  public UnicornnCell(int inputSize, int hiddenSize, Generator generator) {
    this(inputSize, hiddenSize, 0.1, 1, generator);
  }

  /**
   * A cell with random weights.
   *
   * @param dt the longest step size
   * @param alpha the stiffness of the oscillators
   */
  public UnicornnCell(int inputSize, int hiddenSize, double dt, double alpha, Generator generator) {
    super(inputSize, hiddenSize, generator);
    this.dt = dt;
    this.alpha = alpha;
  }

  @Override
  public UnicornnCell.State initialState(int batch) {
    return new State(zeros(batch), zeros(batch));
  }

  @Override
  public Step<UnicornnCell.State> step(Tensor x, UnicornnCell.State s) {
    var rate = timeScale.value().sigmoid().mul(dt);
    var force = affine(x, weightIh, bias).add(s.y().mul(weightU.value())).tanh();
    var z = s.z().sub(rate.mul(force.add(s.y().mul(alpha))));
    var y = s.y().add(rate.mul(z));
    return new Step<>(y, new State(y, z));
  }
}
