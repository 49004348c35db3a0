package org.tapeloop.nn.optim;

import java.util.Map;
import java.util.Set;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * Gradients divided by the root of the sum of all their squares, as PyTorch's.
 *
 * <pre>
 * g &lt;- gradient + weightDecay * w
 * s &lt;- s + g^2
 * w &lt;- w - learningRate / (1 + (t - 1) * rateDecay) * g / (sqrt(s) + epsilon)
 * </pre>
 *
 * <p>t counts the parameter's steps from 1. Rate decay, initial sum and weight decay are 0 and
 * epsilon 1e-10 unless set. Source: Duchi, Hazan and Singer 2011.
 */
public final class Adagrad extends Descent<Adagrad> {
  /** What keeps the denominator from 0. */
  public static final double DEFAULT_EPSILON = 1e-10;

  private static final String SUM = "sum";

  private double rateDecay;
  private double initialSum;
  private double epsilon = DEFAULT_EPSILON;

  /** Adagrad with the defaults. */
  public Adagrad(Map<String, Parameter> parameters, double learningRate) {
    super(parameters, learningRate, 0);
  }

  @Override
  Adagrad self() {
    return this;
  }

  /** How fast the learning rate falls besides, per step. */
  public Adagrad rateDecay(double value) {
    rateDecay = atLeastZero("rate decay", value);
    return this;
  }

  /** What the sums of squares start from. */
  public Adagrad initialSum(double value) {
    initialSum = atLeastZero("initial sum", value);
    return this;
  }

  /** What is added to the denominator. */
  public Adagrad epsilon(double value) {
    epsilon = atLeastZero("epsilon", value);
    return this;
  }

  @Override
  protected Tensor update(Tensor value, Tensor gradient, State state) {
    Tensor g = decayed(value, gradient);
    Tensor before =
        state.find(SUM).orElseGet(() -> Tensor.full(value.dtype(), value.shape(), initialSum));
    Tensor s = state.set(SUM, before.add(g.square()));
    double rate = learningRate() / (1 + (state.step() - 1) * rateDecay);
    return value.sub(g.div(s.sqrt().add(epsilon)).mul(rate));
  }

  @Override
  protected boolean isElementwise() {
    return true;
  }

  @Override
  protected Set<String> stateNames() {
    return Set.of(SUM);
  }
}
