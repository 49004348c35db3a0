package org.tapeloop.nn.optim;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * Averages the gradients of several small batches into that of a large one.
 *
 * <pre>{@code
 * GradientAccumulation accumulation = new GradientAccumulation(model.parameters(), 4);
 * accumulation.add(loss.gradients(model.values())).ifPresent(optimizer::step);
 * }</pre>
 *
 * <p>The mean is that of a batch of all items where the small ones have equally many and the loss
 * is a mean over them.
 */
public final class GradientAccumulation implements Restorable {
  private static final String COUNT = "count";
  private static final String SUM = "sum";

  private final Map<String, Parameter> parameters;
  private final int batches;
  private final Map<String, Tensor> sums = new LinkedHashMap<>();
  private int count;

  /**
   * Nothing added yet.
   *
   * @param batches how many make up one step
   */
  public GradientAccumulation(Map<String, Parameter> parameters, int batches) {
    if (batches < 1) {
      throw new IllegalArgumentException(
          "accumulation: batches must be at least 1, not " + batches);
    }
    this.parameters = new LinkedHashMap<>(parameters);
    this.batches = batches;
  }

  /**
   * Adds the gradients of a batch.
   *
   * @param gradients keyed by the parameters' current values; other keys are passed by
   * @return the mean over the batches, if this was the last of them; a parameter without a gradient
   *     in any of them has none in it
   * @throws IllegalArgumentException if a gradient's shape or element type is not its parameter's,
   *     or that of gradients added before, or it was computed from a value that has been replaced
   *     since; nothing changes then
   */
  public Optional<Map<Tensor, Tensor>> add(Map<Tensor, Tensor> gradients) {
    Map<String, Tensor> added = new LinkedHashMap<>();
    parameters.forEach(
        (name, parameter) -> {
          Tensor gradient = gradients.get(parameter.value());
          if (gradient != null) {
            GradientChecks.requireLike(name, parameter, gradient);
            added.put(name, gradient.detach());
          } else {
            GradientChecks.requireTimely(name, parameter, gradients);
          }
        });
    Map<String, Tensor> next = new LinkedHashMap<>(sums);
    Autograd.noGrad(() -> added.forEach((name, g) -> next.merge(name, g, Tensor::add)));
    sums.putAll(next);
    count++;
    if (count < batches) {
      return Optional.empty();
    }
    Map<Tensor, Tensor> mean = new LinkedHashMap<>();
    Autograd.noGrad(
        () ->
            parameters.forEach(
                (name, parameter) -> {
                  Tensor sum = sums.get(name);
                  if (sum != null) {
                    mean.put(parameter.value(), batches == 1 ? sum : sum.mul(1.0 / batches));
                  }
                }));
    sums.clear();
    count = 0;
    return Optional.of(mean);
  }

  /** How many batches were added since the last step. */
  public int pending() {
    return count;
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    all.put(COUNT, States.number(count));
    States.put(all, SUM, sums);
    return all;
  }

  @Override
  public void load(Map<String, Tensor> state) {
    Map<String, Tensor> left = new LinkedHashMap<>(state);
    long found = States.takeCount(left, "accumulation", COUNT);
    if (found >= batches) {
      throw new IllegalArgumentException(
          "accumulation: the state holds %d batches of %d".formatted(found, batches));
    }
    Map<String, Tensor> values = States.take(left, SUM);
    States.requireEmpty(left, "accumulation");
    Map<String, Parameter> summed = new LinkedHashMap<>(parameters);
    summed.keySet().retainAll(values.keySet());
    Map<String, Tensor> loaded = States.takeLike(values, "accumulation", summed);
    States.requireEmpty(values, "accumulation");
    count = (int) found;
    sums.clear();
    sums.putAll(loaded);
  }
}
