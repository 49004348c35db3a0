package org.tapeloop.nn.optim;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * Gradient descent that averages its weights from the moment the validation loss stops falling
 * (NT-ASGD), or from when it is told to.
 *
 * <pre>{@code
 * AveragedSgd optimizer = new AveragedSgd(model.parameters(), 30, 5);
 * optimizer.sgd().weightDecay(1.2e-6);
 * optimizer.step(loss.gradients(model.values()));           // each step
 * double validation = optimizer.use(() -> validate(model)); // now and then
 * optimizer.observe(validation);
 * }</pre>
 *
 * <p>Source: Polyak and Juditsky 1992; Merity, Keskar and Socher 2018, arXiv 1708.02182. As there
 * the learning rate stays as it is, where PyTorch's ASGD makes it fall.
 */
public final class AveragedSgd implements Restorable {
  private static final String SGD = "sgd";
  private static final String AVERAGE = "average";
  private static final String TRIGGER = "trigger";

  private final Sgd sgd;
  private final WeightAverage average;
  private final NonMonotoneTrigger trigger;

  /**
   * Plain descent so far.
   *
   * @param interval of the {@link NonMonotoneTrigger}
   */
  public AveragedSgd(Map<String, Parameter> parameters, double learningRate, int interval) {
    sgd = new Sgd(parameters, learningRate);
    average = WeightAverage.uniform(parameters);
    trigger = new NonMonotoneTrigger(interval);
  }

  /** The descent, for its settings and learning rate. */
  public Sgd sgd() {
    return sgd;
  }

  /**
   * One step, as {@link Optimizer#step}; the weights after it count in the average, if there is
   * one.
   */
  public void step(Map<Tensor, Tensor> gradients) {
    step(gradients, 1);
  }

  /** One step with the gradients times a factor, as {@link Optimizer#step(Map, double)}. */
  public void step(Map<Tensor, Tensor> gradients, double factor) {
    sgd.step(gradients, factor);
    if (isAveraging()) {
      average.update();
    }
  }

  /**
   * Looks at a validation loss, and begins to average if it has stopped falling.
   *
   * @return whether weights are averaged now
   */
  public boolean observe(double validationLoss) {
    if (trigger.observe(validationLoss)) {
      startAveraging();
    }
    return isAveraging();
  }

  /** Begins to average with the current weights, unless that was done before. */
  public void startAveraging() {
    if (!isAveraging()) {
      average.update();
    }
  }

  /** Whether weights are averaged. */
  public boolean isAveraging() {
    return average.updates() > 0;
  }

  /** Runs the body with the averages in place of the weights, once there are some. */
  public <T> T use(Supplier<T> body) {
    return isAveraging() ? average.use(body) : body.get();
  }

  /** The average of the weights; its first update was at the start of averaging. */
  public WeightAverage average() {
    return average;
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    States.put(all, SGD, sgd.state());
    States.put(all, AVERAGE, average.state());
    States.put(all, TRIGGER, trigger.state());
    return all;
  }

  @Override
  public void load(Map<String, Tensor> state) {
    Map<String, Tensor> left = new LinkedHashMap<>(state);
    Map<String, Tensor> ofSgd = States.take(left, SGD);
    Map<String, Tensor> ofAverage = States.take(left, AVERAGE);
    Map<String, Tensor> ofTrigger = States.take(left, TRIGGER);
    States.requireEmpty(left, "averaged SGD");
    Map<String, Tensor> before = sgd.state();
    Map<String, Tensor> averageBefore = average.state();
    try {
      sgd.load(ofSgd);
      average.load(ofAverage);
      trigger.load(ofTrigger);
    } catch (IllegalArgumentException e) {
      sgd.load(before);
      average.load(averageBefore);
      throw e;
    }
  }
}
