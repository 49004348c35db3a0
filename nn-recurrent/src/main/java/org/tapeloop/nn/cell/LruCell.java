package org.tapeloop.nn.cell;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
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
public final class LruCell extends SizedCell<Complex> {
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
    var size = nuLog.value().exp().neg().exp();
    var angle = thetaLog.value().exp();
    var gain = gammaLog.value().exp();
    var b = weightB.value().unstack(0);
    var in = new Complex(x.affine(b.get(0), null).mul(gain), x.affine(b.get(1), null).mul(gain));
    var next = s.times(size.mul(angle.cos()), size.mul(angle.sin())).plus(in);
    var c = weightC.value().unstack(0);
    var y = next.re().affine(c.get(0), null).sub(next.im().affine(c.get(1), null));
    return new Step<>(y.add(weightD.value().mul(x)), next);
  }
}
