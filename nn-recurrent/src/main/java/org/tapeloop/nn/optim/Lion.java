package org.tapeloop.nn.optim;

import java.util.Map;
import java.util.Set;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * Steps of the same size in every coordinate, in the direction of a momentum's sign.
 *
 * <pre>
 * w &lt;- w * (1 - learningRate * weightDecay)
 * w &lt;- w - learningRate * sign(beta1 * m + (1 - beta1) * g)
 * m &lt;- beta2 * m + (1 - beta2) * g
 * </pre>
 *
 * <p>Betas are 0.9 and 0.99 and the weight decay 0 unless set; learning rates are 3 to 10 times
 * smaller than Adam's. Source: Chen et al. 2023, arXiv 2302.06675.
 */
public final class Lion extends Descent<Lion> {
  private static final String M = "exp_avg";

  private double beta1 = 0.9;
  private double beta2 = 0.99;

  /** Lion with the defaults. */
  public Lion(Map<String, Parameter> parameters, double learningRate) {
    super(parameters, learningRate, 0);
  }

  @Override
  Lion self() {
    return this;
  }

  /** The momentum's share in a step, and the part of it that is left after one, in [0, 1). */
  public Lion betas(double first, double second) {
    beta1 = belowOne("beta1", first);
    beta2 = belowOne("beta2", second);
    return this;
  }

  @Override
  protected Tensor update(Tensor value, Tensor gradient, State state) {
    Tensor g = directed(gradient);
    Tensor m = state.getOrZeros(M, value);
    state.set(M, average(m, g, beta2));
    return shrunk(value).sub(average(m, g, beta1).sign().mul(learningRate()));
  }

  @Override
  protected boolean isElementwise() {
    return true;
  }

  @Override
  protected Set<String> stateNames() {
    return Set.of(M);
  }
}
