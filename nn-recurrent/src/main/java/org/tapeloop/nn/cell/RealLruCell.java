package org.tapeloop.nn.cell;

import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.ParallelCell;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.SequenceOutput;
import org.tapeloop.nn.Step;

/**
 * Linear recurrent unit with a real diagonal.
 *
 * <pre>
 * lambda = exp(-exp(nu_log)),  gamma = exp(gamma_log)
 * h' = lambda * h + gamma * (B x)
 * y = C h' + d * x
 * </pre>
 *
 * <p>Shapes: x and y [B, I], h [B, H]; parameters {@code nu_log}, {@code gamma_log} [H], {@code
 * weight_b} [H, I], {@code weight_c} [I, H], {@code weight_d} [I].
 *
 * <p>Source: Orvieto et al. 2023, arXiv 2303.06349, whose diagonal is complex; see {@link LruCell}.
 * |lambda|^2 starts uniform in (0.4^2, 0.99^2), with gamma = sqrt(1 - lambda^2).
 */
public final class RealLruCell extends SizedCell<Tensor> implements ParallelCell<Tensor> {
  private final Parameter nuLog = parameter("nu_log", Ring.nuLog(hiddenSize, generator()));
  private final Parameter gammaLog = parameter("gamma_log", Ring.gammaLog(nuLog.value()));
  private final Parameter weightB = weight("weight_b", hiddenSize, inputSize);
  private final Parameter weightC = weight("weight_c", inputSize, hiddenSize);
  private final Parameter weightD = weight("weight_d", inputSize);

  /** A cell with random weights. */
  public RealLruCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public Tensor initialState(int batch) {
    return zeros(batch);
  }

  @Override
  public Step<Tensor> step(Tensor x, Tensor h) {
    var decay = nuLog.value().exp().neg().exp();
    var next = decay.mul(h).add(times(x, weightB).mul(gammaLog.value().exp()));
    var y = times(next, weightC).add(weightD.value().mul(x));
    return new Step<>(y, next);
  }

  @Override
  public SequenceOutput<Tensor> steps(Tensor x, Tensor initial, @Nullable Tensor running) {
    var decay = nuLog.value().exp().neg().exp();
    // gamma times the weights, which are fewer than the steps' inputs.
    var weight = weightB.value().mul(gammaLog.value().exp().unsqueeze(1));
    var in = x.affine(weight, null);
    var h = LinearSteps.real(decay, in, initial, running);
    var y = times(h, weightC).add(weightD.value().mul(x));
    return new SequenceOutput<>(y, LinearSteps.last(h));
  }
}
