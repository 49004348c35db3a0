package org.tapeloop.nn.optim;

import java.util.Map;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * What optimisers that follow a gradient share: which way they go, and a pull of weights to 0.
 *
 * @param <S> the optimiser itself, so that settings can be chained
 */
public abstract sealed class Descent<S extends Descent<S>> extends Optimizer
    permits Sgd, MomentEstimates, RmsProp, Adagrad, Adadelta, Lion, Muon {
  private double weightDecay;
  private boolean maximize;

  Descent(Map<String, Parameter> parameters, double learningRate, double weightDecay) {
    super(parameters, learningRate);
    this.weightDecay = weightDecay;
  }

  abstract S self();

  /**
   * How strongly weights are pulled to 0. Most rules add weightDecay * w to the gradient; some, as
   * they say, multiply w by 1 - learningRate * weightDecay before the step.
   */
  public final S weightDecay(double value) {
    weightDecay = atLeastZero("weight decay", value);
    return self();
  }

  /** Goes up the gradient instead of down. */
  public final S maximize() {
    maximize = true;
    return self();
  }

  /** The gradient to follow: the given one, or its opposite. */
  final Tensor directed(Tensor gradient) {
    return maximize ? gradient.neg() : gradient;
  }

  /** The gradient to follow, weight decay added. */
  final Tensor decayed(Tensor value, Tensor gradient) {
    Tensor g = directed(gradient);
    return weightDecay == 0 ? g : g.add(value.mul(weightDecay));
  }

  /** The value after weight decay that does not enter the gradient. */
  final Tensor shrunk(Tensor value) {
    double keep = 1 - learningRate() * weightDecay;
    return keep == 1 ? value : value.mul(keep);
  }
}
