package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.Step;

/**
 * Antisymmetric RNN: a discretised differential equation whose Jacobian has eigenvalues near the
 * imaginary axis.
 *
 * <pre>
 * h' = h + epsilon tanh(W x + (U - U^T - gamma I) h + b)
 * </pre>
 *
 * <p>Shapes: x [B, I], h [B, H]; parameters {@code weight_ih} [H, I], {@code weight_hh} [H, H],
 * {@code bias} [H].
 *
 * <p>Source: Chang et al. 2019, arXiv 1902.09689, the form without a gate; U is a full matrix, of
 * which only the antisymmetric part counts.
 */
public final class AntisymmetricCell extends SizedCell<Tensor> {
  private final Parameter weightIh = weightIh(1);
  private final Parameter weightHh = weightHh(1);
  private final Parameter bias = bias(1);
  private final double epsilon;
  private final double gamma;

  /** A cell with epsilon 0.1 and gamma 0.1. */
  public AntisymmetricCell(int inputSize, int hiddenSize, Generator generator) {
    this(inputSize, hiddenSize, 0.1, 0.1, generator);
  }

  /**
   * A cell with random weights.
   *
   * @param epsilon the step size
   * @param gamma the diffusion, which keeps the discretisation stable
   */
  public AntisymmetricCell(
      int inputSize, int hiddenSize, double epsilon, double gamma, Generator generator) {
    super(inputSize, hiddenSize, generator);
    this.epsilon = epsilon;
    this.gamma = gamma;
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var u = weightHh.value();
    var turn = u.sub(u.t()).sub(Tensor.eye(u.dtype(), hiddenSize).mul(gamma));
    var z = affine(x, weightIh, bias).add(h.affine(turn, null));
    var next = h.add(z.tanh().mul(epsilon));
    return new Step<>(next, next);
  }
}
