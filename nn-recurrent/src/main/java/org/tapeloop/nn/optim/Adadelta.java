package org.tapeloop.nn.optim;

import java.util.Map;
import java.util.Set;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * Steps with the scale of earlier steps, so that they have the units of the weights, as PyTorch's.
 *
 * <pre>
 * g &lt;- gradient + weightDecay * w
 * s &lt;- smoothing * s + (1 - smoothing) * g^2
 * d = sqrt(a + epsilon) / sqrt(s + epsilon) * g
 * a &lt;- smoothing * a + (1 - smoothing) * d^2
 * w &lt;- w - learningRate * d
 * </pre>
 *
 * <p>The smoothing is 0.9, epsilon 1e-6 and the weight decay 0 unless set; the learning rate of the
 * paper is 1. Source: Zeiler 2012, arXiv 1212.5701.
 */
public final class Adadelta extends Descent<Adadelta> {
  /** The part of the mean squares that is left after a step. */
  public static final double DEFAULT_SMOOTHING = 0.9;

  /** What keeps both roots from 0. */
  public static final double DEFAULT_EPSILON = 1e-6;

  private static final String SQUARE = "square_avg";
  private static final String STEPS = "acc_delta";

  private double smoothing = DEFAULT_SMOOTHING;
  private double epsilon = DEFAULT_EPSILON;

  /** Adadelta with the defaults. */
  public Adadelta(Map<String, Parameter> parameters, double learningRate) {
    super(parameters, learningRate, 0);
  }

  @Override
  Adadelta self() {
    return this;
  }

  /** The part of the mean squares that is left after a step, in [0, 1). */
  public Adadelta smoothing(double value) {
    smoothing = belowOne("smoothing", value);
    return this;
  }

  /** What is added below both roots. */
  public Adadelta epsilon(double value) {
    epsilon = atLeastZero("epsilon", value);
    return this;
  }

  @Override
  protected Tensor update(Tensor value, Tensor gradient, State state) {
    Tensor g = decayed(value, gradient);
    Tensor s = state.set(SQUARE, average(state.getOrZeros(SQUARE, value), g.square(), smoothing));
    Tensor a = state.getOrZeros(STEPS, value);
    Tensor d = a.add(epsilon).sqrt().div(s.add(epsilon).sqrt()).mul(g);
    state.set(STEPS, average(a, d.square(), smoothing));
    return value.sub(d.mul(learningRate()));
  }

  @Override
  protected boolean isElementwise() {
    return true;
  }

  @Override
  protected Set<String> stateNames() {
    return Set.of(SQUARE, STEPS);
  }
}
