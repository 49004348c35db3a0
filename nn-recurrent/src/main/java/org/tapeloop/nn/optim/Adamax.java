package org.tapeloop.nn.optim;

import java.util.Map;
import java.util.Set;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * Adam with the largest gradient, slowly forgotten, in place of the root of the mean square, as
 * PyTorch's.
 *
 * <pre>
 * g &lt;- gradient + weightDecay * w
 * m &lt;- beta1 * m + (1 - beta1) * g
 * u &lt;- max(beta2 * u, |g| + epsilon)
 * w &lt;- w - learningRate / (1 - beta1^t) * m / u
 * </pre>
 *
 * <p>t counts the parameter's steps from 1. Betas are 0.9 and 0.999, epsilon 1e-8 and the weight
 * decay 0 unless set. Source: Kingma and Ba 2015, section 7.1; epsilon, which the paper lacks, is
 * PyTorch's.
 */
public final class Adamax extends MomentEstimates<Adamax> {
  private static final String U = "exp_inf";

  /** Adamax with the defaults. */
  public Adamax(Map<String, Parameter> parameters, double learningRate) {
    super(parameters, learningRate, 0);
  }

  @Override
  Adamax self() {
    return this;
  }

  @Override
  protected Tensor update(Tensor value, Tensor gradient, State state) {
    Tensor g = decayed(value, gradient);
    Tensor m = mean(g, state);
    Tensor u =
        state.set(U, state.getOrZeros(U, value).mul(beta2()).maximum(g.abs().add(epsilon())));
    return value.sub(m.div(u).mul(learningRate() / filled(beta1(), state)));
  }

  @Override
  protected Set<String> stateNames() {
    return Set.of(M, U);
  }
}
