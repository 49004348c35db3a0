package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Coupled oscillatory RNN: each unit is a damped, driven oscillator.
 *
 * <pre>
 * z' = z + dt (tanh(W x + U y + V z + b) - gamma y - epsilon z)
 * y' = y + dt z'
 * </pre>
 *
 * <p>The output is y'. Shapes: x [B, I], y and z [B, H]; parameters {@code weight_ih} [H, I],
 * {@code weight_hh} and {@code weight_zh} [H, H], {@code bias} [H].
 *
 * <p>Source: Rusch and Mishra 2021, arXiv 2010.00951, with the damping of the step before, as in
 * the authors' code. The defaults are those of sequential MNIST there.
 */
public final class CoRnnCell extends SizedCell<CoRnnCell.State> {
  /** Positions and velocities, each [B, H]. */
  public record State(Tensor y, Tensor z) {}

  private final Parameter weightIh = weightIh(1);
  private final Parameter weightHh = weightHh(1);
  private final Parameter weightZh = weight("weight_zh", hiddenSize, hiddenSize);
  private final Parameter bias = bias(1);
  private final double dt;
  private final double gamma;
  private final double epsilon;

  /** A cell with dt 0.042, gamma 2.7 and epsilon 4.7. */
  public CoRnnCell(int inputSize, int hiddenSize, Generator generator) {
    this(inputSize, hiddenSize, 0.042, 2.7, 4.7, generator);
  }

  /**
   * A cell with random weights.
   *
   * @param dt the step size
   * @param gamma the stiffness of the oscillators
   * @param epsilon their damping
   */
  public CoRnnCell(
      int inputSize, int hiddenSize, double dt, double gamma, double epsilon, Generator generator) {
    super(inputSize, hiddenSize, generator);
    this.dt = dt;
    this.gamma = gamma;
    this.epsilon = epsilon;
  }

  @Override
  public CoRnnCell.State initialState(int batch) {
    return new State(zeros(batch), zeros(batch));
  }

  @Override
  public Step<CoRnnCell.State> step(Tensor x, CoRnnCell.State s) {
    var force = affine(x, weightIh, bias).add(times(s.y(), weightHh)).add(times(s.z(), weightZh));
    var pull = s.y().mul(gamma).add(s.z().mul(epsilon));
    var z = s.z().add(force.tanh().sub(pull).mul(dt));
    var y = s.y().add(z.mul(dt));
    return new Step<>(y, new State(y, z));
  }
}
