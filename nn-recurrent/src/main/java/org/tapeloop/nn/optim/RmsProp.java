package org.tapeloop.nn.optim;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * Gradients divided by the root of their running mean square, as PyTorch's.
 *
 * <pre>
 * g &lt;- gradient + weightDecay * w
 * s &lt;- smoothing * s + (1 - smoothing) * g^2
 * centred:  a &lt;- smoothing * a + (1 - smoothing) * g, and s - a^2, at least 0, in place of s
 * u &lt;- momentum * u + g / (sqrt(s) + epsilon)
 * w &lt;- w - learningRate * u
 * </pre>
 *
 * <p>The smoothing is 0.99, epsilon 1e-8, momentum and weight decay 0 unless set. Source: Tieleman
 * and Hinton 2012; centred: Graves 2013, arXiv 1308.0850. PyTorch lets s - a^2 fall below 0 by
 * rounding.
 */
public final class RmsProp extends Descent<RmsProp> {
  /** The part of the mean square that is left after a step. */
  public static final double DEFAULT_SMOOTHING = 0.99;

  /** What keeps the denominator from 0. */
  public static final double DEFAULT_EPSILON = 1e-8;

  private static final String SQUARE = "square_avg";
  private static final String MEAN = "grad_avg";
  private static final String VELOCITY = "momentum_buffer";

  private double smoothing = DEFAULT_SMOOTHING;
  private double epsilon = DEFAULT_EPSILON;
  private double momentum;
  private boolean centred;

  /** RMSprop with the defaults. */
  public RmsProp(Map<String, Parameter> parameters, double learningRate) {
    super(parameters, learningRate, 0);
  }

  @Override
  RmsProp self() {
    return this;
  }

  /** The part of the mean square that is left after a step, in [0, 1). */
  public RmsProp smoothing(double value) {
    smoothing = belowOne("smoothing", value);
    return this;
  }

  /** What is added to the denominator. */
  public RmsProp epsilon(double value) {
    epsilon = atLeastZero("epsilon", value);
    return this;
  }

  /** Keeps a velocity: the fraction of it that is left after a step, in [0, 1). */
  public RmsProp momentum(double value) {
    momentum = belowOne("momentum", value);
    return this;
  }

  /** Divides by the standard deviation of the gradient instead of its mean square's root. */
  public RmsProp centred() {
    centred = true;
    return this;
  }

  @Override
  protected Tensor update(Tensor value, Tensor gradient, State state) {
    Tensor g = decayed(value, gradient);
    Tensor s = state.set(SQUARE, average(state.getOrZeros(SQUARE, value), g.square(), smoothing));
    if (centred) {
      Tensor mean = state.set(MEAN, average(state.getOrZeros(MEAN, value), g, smoothing));
      s = s.sub(mean.square()).relu();
    }
    Tensor u = g.div(s.sqrt().add(epsilon));
    if (momentum != 0) {
      u = state.set(VELOCITY, state.getOrZeros(VELOCITY, value).mul(momentum).add(u));
    }
    return value.sub(u.mul(learningRate()));
  }

  @Override
  protected boolean isElementwise() {
    return true;
  }

  @Override
  protected Set<String> stateNames() {
    Set<String> names = new LinkedHashSet<>(Set.of(SQUARE));
    if (centred) {
      names.add(MEAN);
    }
    if (momentum != 0) {
      names.add(VELOCITY);
    }
    return names;
  }

  @Override
  protected Set<String> optionalStateNames() {
    return centred ? Set.of(MEAN, VELOCITY) : Set.of(VELOCITY);
  }
}
