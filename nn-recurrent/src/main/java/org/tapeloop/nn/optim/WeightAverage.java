package org.tapeloop.nn.optim;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * A running average of weights, which often predicts better than the latest ones.
 *
 * <pre>{@code
 * WeightAverage average = WeightAverage.exponential(model.parameters(), 0.999);
 * optimizer.step(gradients);
 * average.update();                                       // after each step
 * double loss = average.use(() -> validate(model));
 * }</pre>
 */
public final class WeightAverage implements Restorable {
  private static final String UPDATES = "updates";
  private static final String VALUES = "average";

  private final Map<String, Parameter> parameters;
  private final double decay;

  /** Whether it is the plain mean for as long as that forgets faster. */
  private final boolean meanFirst;

  private long updates;
  private Map<String, Tensor> averages = new LinkedHashMap<>();

  private WeightAverage(Map<String, Parameter> parameters, double decay, boolean meanFirst) {
    this.parameters = new LinkedHashMap<>(parameters);
    this.decay = decay;
    this.meanFirst = meanFirst;
    parameters.forEach((name, parameter) -> averages.put(name, parameter.value().detach()));
  }

  /**
   * An exponential moving average: {@code a <- decay * a + (1 - decay) * w}, starting from the
   * current weights.
   *
   * @param decay in [0, 1)
   */
  public static WeightAverage exponential(Map<String, Parameter> parameters, double decay) {
    return new WeightAverage(parameters, checked(decay), false);
  }

  /**
   * The plain mean of the weights of all updates until there are {@code 1 / (1 - decay)} of them,
   * and from then on an exponential moving average: those before the first update never count.
   *
   * @param decay in [0, 1)
   */
  public static WeightAverage meanThenExponential(Map<String, Parameter> parameters, double decay) {
    return new WeightAverage(parameters, checked(decay), true);
  }

  private static double checked(double decay) {
    return Optimizer.belowOne("decay of the average", decay);
  }

  /**
   * The plain mean of the weights of all updates; those before the first update do not count.
   * Source: Polyak and Juditsky 1992; over the end of a run, Izmailov et al. 2018, arXiv
   * 1803.05407.
   */
  public static WeightAverage uniform(Map<String, Parameter> parameters) {
    return new WeightAverage(parameters, 1, true);
  }

  /**
   * Takes the current weights in.
   *
   * @throws IllegalArgumentException if a parameter was converted since the average was made;
   *     nothing changes then
   */
  public void update() {
    double keep = meanFirst ? Math.min(decay, updates / (updates + 1.0)) : decay;
    Map<String, Tensor> next = new LinkedHashMap<>();
    Autograd.noGrad(
        () ->
            parameters.forEach(
                (name, parameter) ->
                    next.put(name, mixed(of(name), parameter.value().detach(), keep))));
    averages = next;
    updates++;
  }

  private static Tensor mixed(Tensor average, Tensor value, double keep) {
    return keep == 0 ? value : Optimizer.average(average, value, keep);
  }

  private Tensor of(String name) {
    return Objects.requireNonNull(averages.get(name), name);
  }

  /** How many weights were taken in. */
  public long updates() {
    return updates;
  }

  /** The averages by name of parameter; before the first update, the weights at the start. */
  public Map<String, Tensor> values() {
    return new LinkedHashMap<>(averages);
  }

  /**
   * Runs the body with the averages in place of the weights, and then puts these back, as the very
   * tensors they were.
   *
   * @return what the body returns
   * @throws IllegalArgumentException if a parameter was converted since the average was made;
   *     nothing changes then
   */
  public <T> T use(Supplier<T> body) {
    return Parameter.holding(byParameter(), body);
  }

  /**
   * Replaces the weights by the averages for good.
   *
   * @throws IllegalArgumentException if a parameter was converted since the average was made;
   *     nothing changes then
   */
  public void apply() {
    Parameter.setAll(byParameter());
  }

  private Map<Parameter, Tensor> byParameter() {
    Map<Parameter, Tensor> values = new LinkedHashMap<>();
    parameters.forEach((name, parameter) -> values.put(parameter, of(name)));
    return values;
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    all.put(UPDATES, States.number((double) updates));
    States.put(all, VALUES, averages);
    return all;
  }

  @Override
  public void load(Map<String, Tensor> state) {
    Map<String, Tensor> left = new LinkedHashMap<>(state);
    long count = States.takeCount(left, "weight average", UPDATES);
    Map<String, Tensor> values = States.take(left, VALUES);
    Map<String, Tensor> found = States.takeLike(values, "weight average", parameters);
    States.requireEmpty(left, "weight average");
    States.requireEmpty(values, "weight average");
    updates = count;
    averages = found;
  }
}
