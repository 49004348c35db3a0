package org.tapeloop.nn.optim;

import java.util.Map;
import java.util.Set;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * Adam with Nesterov's momentum, as PyTorch's.
 *
 * <pre>
 * g &lt;- gradient + weightDecay * w
 * m, v as Adam's;  mu_t = beta1 * (1 - 0.96^(t * momentumDecay) / 2);  P_t = mu_1 ... mu_t
 * d = mu_{t+1} * m / (1 - P_{t+1}) + (1 - mu_t) * g / (1 - P_t)
 * w &lt;- w - learningRate * d / (sqrt(v / (1 - beta2^t)) + epsilon)
 * </pre>
 *
 * <p>t counts the parameter's steps from 1. Betas are 0.9 and 0.999, epsilon 1e-8, the momentum
 * decay 0.004 and the weight decay 0 unless set. Source: Dozat 2016.
 */
public final class NAdam extends EitherDecay<NAdam> {
  /** How fast the momentum rises from half of beta1, per step. */
  public static final double DEFAULT_MOMENTUM_DECAY = 0.004;

  private static final double DECAY_BASE = 0.96;
  private static final String PRODUCT = "mu_product";

  private double momentumDecay = DEFAULT_MOMENTUM_DECAY;

  /** NAdam with the defaults. */
  public NAdam(Map<String, Parameter> parameters, double learningRate) {
    super(parameters, learningRate);
  }

  @Override
  NAdam self() {
    return this;
  }

  /** How fast the momentum rises from half of beta1, per step. */
  public NAdam momentumDecay(double value) {
    momentumDecay = atLeastZero("momentum decay", value);
    return this;
  }

  @Override
  protected Tensor update(Tensor value, Tensor gradient, State state) {
    Tensor g = followed(value, gradient);
    Tensor m = mean(g, state);
    Tensor v = meanSquare(g, state);
    double mu = momentum(state.step());
    double next = momentum(state.step() + 1);
    double product = state.setNumber(PRODUCT, state.number(PRODUCT, 1) * mu);
    Tensor direction = m.mul(next / (1 - product * next)).add(g.mul((1 - mu) / (1 - product)));
    Tensor root = v.mul(1 / filled(beta2(), state)).sqrt().add(epsilon());
    Tensor from = start(value);
    return from.sub(direction.div(root).mul(learningRate()));
  }

  private double momentum(int step) {
    return beta1() * (1 - 0.5 * Math.pow(DECAY_BASE, step * momentumDecay));
  }

  @Override
  protected Set<String> numberNames() {
    return Set.of(PRODUCT);
  }
}
