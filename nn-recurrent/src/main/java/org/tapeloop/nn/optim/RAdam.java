package org.tapeloop.nn.optim;

import java.util.Map;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * Adam that goes by the mean gradient alone until enough squares are averaged to divide by, as
 * PyTorch's.
 *
 * <pre>
 * g &lt;- gradient + weightDecay * w
 * m, v as Adam's;  mHat = m / (1 - beta1^t)
 * rhoMax = 2 / (1 - beta2) - 1;  rho = rhoMax - 2 t beta2^t / (1 - beta2^t)
 * r = sqrt((rho - 4)(rho - 2) rhoMax / ((rhoMax - 4)(rhoMax - 2) rho))
 * w &lt;- w - learningRate * mHat * (rho > 5 ? r * sqrt(1 - beta2^t) / (sqrt(v) + epsilon) : 1)
 * </pre>
 *
 * <p>t counts the parameter's steps from 1. Betas are 0.9 and 0.999, epsilon 1e-8 and the weight
 * decay 0 unless set. Source: Liu et al. 2020, arXiv 1908.03265; its bound on rho is 4, PyTorch's
 * 5.
 */
public final class RAdam extends EitherDecay<RAdam> {
  /** Below this many squares in effect their mean is no measure. */
  private static final double ENOUGH = 5;

  /** RAdam with the defaults. */
  public RAdam(Map<String, Parameter> parameters, double learningRate) {
    super(parameters, learningRate);
  }

  @Override
  RAdam self() {
    return this;
  }

  @Override
  protected Tensor update(Tensor value, Tensor gradient, State state) {
    Tensor g = followed(value, gradient);
    Tensor m = mean(g, state);
    Tensor v = meanSquare(g, state);
    Tensor from = start(value);
    double filled = filled(beta2(), state);
    double rhoMax = 2 / (1 - beta2()) - 1;
    double rho = rhoMax - 2 * state.step() * (1 - filled) / filled;
    double rate = learningRate() / filled(beta1(), state);
    if (rho <= ENOUGH) {
      return from.sub(m.mul(rate));
    }
    double r = Math.sqrt((rho - 4) * (rho - 2) * rhoMax / ((rhoMax - 4) * (rhoMax - 2) * rho));
    return from.sub(m.div(v.sqrt().add(epsilon())).mul(rate * r * Math.sqrt(filled)));
  }
}
