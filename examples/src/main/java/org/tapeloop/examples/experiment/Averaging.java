package org.tapeloop.examples.experiment;

import java.util.Map;
import java.util.function.Supplier;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.optim.Restorable;
import org.tapeloop.nn.optim.WeightAverage;

/**
 * Steps of another optimisation, with a running average of the weights that they lead to, by which
 * the model is judged.
 *
 * <p>The average is the plain mean of the weights after each step until there are 1 / (1 - decay)
 * of them, and from then on an exponential one: {@code a <- decay * a + (1 - decay) * w}. So the
 * weights at the start never count.
 */
public final class Averaging implements Optimisation {
  private final Optimisation inner;
  private final Average average;

  /**
   * An average beside an optimisation.
   *
   * @param parameters that the optimisation changes
   * @param decay in [0, 1)
   */
  public Averaging(Optimisation inner, Map<String, Parameter> parameters, double decay) {
    this.inner = inner;
    average = new Average(parameters, decay);
  }

  private static final class Average implements Restorable {
    private final WeightAverage first;
    private final WeightAverage lasting;
    private final long plain;

    Average(Map<String, Parameter> parameters, double decay) {
      first = WeightAverage.uniform(parameters);
      lasting = WeightAverage.exponential(parameters, decay);
      plain = Math.round(1 / (1 - decay));
    }

    void update() {
      if (lasting.updates() < plain) {
        first.update();
        lasting.load(first.state());
      } else {
        lasting.update();
      }
    }

    @Override
    public Map<String, Tensor> state() {
      return lasting.state();
    }

    @Override
    public void load(Map<String, Tensor> state) {
      lasting.load(state);
      first.load(state);
    }
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
    return average.lasting.use(body);
  }

  /** Replaces the weights by their averages for good. */
  public void apply() {
    average.lasting.apply();
  }
}
