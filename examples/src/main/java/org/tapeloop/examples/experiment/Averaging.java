package org.tapeloop.examples.experiment;

import java.util.Map;
import java.util.function.Supplier;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.optim.WeightAverage;

/**
 * Steps of another optimisation, with a running average of the weights that they lead to, by which
 * the model is judged: a {@linkplain WeightAverage#meanThenExponential mean at first, then
 * exponential}.
 */
public final class Averaging implements Optimisation {
  private final Optimisation inner;
  private final WeightAverage average;

  /**
   * An average beside an optimisation.
   *
   * @param parameters that the optimisation changes
   * @param decay in [0, 1)
   */
  public Averaging(Optimisation inner, Map<String, Parameter> parameters, double decay) {
    this.inner = inner;
    average = WeightAverage.meanThenExponential(parameters, decay);
  }

  @Override
  public void step(Map<Tensor, Tensor> gradients, double factor, double learningRate) {
    inner.step(gradients, factor, learningRate);
    average.update();
  }

  @Override
  public void approach(long step, long steps) {
    inner.approach(step, steps);
  }

  @Override
  public void declare(Parts parts) {
    inner.declare(parts);
    parts.part("average", average);
  }

  @Override
  public void validated(double loss) {
    inner.validated(loss);
  }

  @Override
  public <T> T evaluating(Supplier<T> body) {
    return average.use(body);
  }

  /** Replaces the weights by their averages for good. */
  public void apply() {
    average.apply();
  }
}
