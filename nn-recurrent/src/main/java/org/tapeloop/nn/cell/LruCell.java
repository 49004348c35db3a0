package org.tapeloop.nn.cell;

import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.ParallelCell;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.SequenceOutput;
import org.tapeloop.nn.Step;

/**
 * Linear recurrent unit: a complex diagonal recurrence inside the unit circle.
 *
 * <pre>
 * lambda = exp(-exp(nu_log) + i exp(theta_log)),  gamma = exp(gamma_log)
 * h' = lambda * h + gamma * (B x)
 * y = Re(C h') + d * x
 * </pre>
 *
 * <p>Shapes: x and y [B, I]; h is complex, as real and imaginary parts [B, H]; parameters {@code
 * nu_log}, {@code theta_log}, {@code gamma_log} [H], {@code weight_b} [2, H, I] and {@code
 * weight_c} [2, I, H], each real part first, {@code weight_d} [I].
 *
 * <p>Source: Orvieto et al. 2023, arXiv 2303.06349. |lambda|^2 starts uniform in (0.4^2, 0.99^2),
 * its angle in (0, pi / 10), with gamma = sqrt(1 - |lambda|^2).
 */
public final class LruCell extends SizedCell<Complex> implements ParallelCell<Complex> {
  private final Parameter nuLog = parameter("nu_log", Ring.nuLog(hiddenSize, generator()));
  private final Parameter thetaLog = parameter("theta_log", Ring.thetaLog(hiddenSize, generator()));
  private final Parameter gammaLog = parameter("gamma_log", Ring.gammaLog(nuLog.value()));
  private final Parameter weightB = weight("weight_b", 2, hiddenSize, inputSize);
  private final Parameter weightC = weight("weight_c", 2, inputSize, hiddenSize);
  private final Parameter weightD = weight("weight_d", inputSize);

  /** A cell with random weights. */
  public LruCell(int inputSize, int hiddenSize, Generator generator) {
    super(inputSize, hiddenSize, generator);
  }

  @Override
  public Complex initialState(int batch) {
    return new Complex(zeros(batch), zeros(batch));
  }

  @Override
  public Step<Complex> step(Tensor x, Complex s) {
    var lambda = lambda();
    var next = s.times(lambda.re(), lambda.im()).plus(input(x));
    return new Step<>(output(x, next), next);
  }

  @Override
  public SequenceOutput<Complex> steps(Tensor x, Complex initial, @Nullable Tensor running) {
    // gamma times the weights, which are fewer than the steps' inputs.
    var weight = weightB.value().mul(gammaLog.value().exp().unsqueeze(1));
    var h = LinearSteps.complex(lambda(), x, weight, initial, running);
    var y = LinearSteps.realProduct(h, weightC.value()).add(weightD.value().mul(x));
    return new SequenceOutput<>(y, LinearSteps.lastComplex(h));
  }

  private Complex lambda() {
    var size = nuLog.value().exp().neg().exp();
    var angle = thetaLog.value().exp();
    return new Complex(size.mul(angle.cos()), size.mul(angle.sin()));
  }

  private Complex input(Tensor x) {
    var gain = gammaLog.value().exp();
    var in = Complex.product(x, weightB.value());
    return new Complex(in.re().mul(gain), in.im().mul(gain));
  }

  private Tensor output(Tensor x, Complex h) {
    return h.realProduct(weightC.value()).add(weightD.value().mul(x));
  }
}
