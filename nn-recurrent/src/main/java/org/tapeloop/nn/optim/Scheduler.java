package org.tapeloop.nn.optim;

import java.util.LinkedHashMap;
import java.util.Map;
import org.tapeloop.autograd.Tensor;

/**
 * Sets the learning rates of optimisers by schedules, and counts the steps for them.
 *
 * <pre>{@code
 * Scheduler scheduler = new Scheduler().drive(adam, schedule).drive(sgd, schedule.times(10));
 * adam.step(gradients);
 * sgd.step(gradients);
 * scheduler.step();
 * }</pre>
 */
public final class Scheduler implements Restorable {
  private static final String STEP = "step";

  private final Map<Optimizer, Schedule> driven = new LinkedHashMap<>();
  private long step;

  /** At step 0, driving nothing yet. */
  public Scheduler() {}

  /**
   * Sets an optimiser's rate from now on, for the current step at once.
   *
   * @throws IllegalArgumentException if it is driven already, or the rate is negative or not finite
   */
  public Scheduler drive(Optimizer optimizer, Schedule schedule) {
    if (driven.containsKey(optimizer)) {
      throw new IllegalArgumentException("scheduler: an optimizer is driven by two schedules");
    }
    optimizer.setLearningRate(rate(schedule, step));
    driven.put(optimizer, schedule);
    return this;
  }

  /**
   * Goes on to the next step: called after each step of the optimisers.
   *
   * @throws IllegalArgumentException if a schedule gives a rate there that is negative or not
   *     finite; nothing changes then
   */
  public void step() {
    goTo(step + 1);
  }

  private void goTo(long next) {
    Map<Optimizer, Double> rates = new LinkedHashMap<>();
    driven.forEach((optimizer, schedule) -> rates.put(optimizer, rate(schedule, next)));
    rates.forEach(Optimizer::setLearningRate);
    step = next;
  }

  private static double rate(Schedule schedule, long step) {
    return Optimizer.atLeastZero("learning rate at step " + step, schedule.rate(step));
  }

  /** The step, from 0, that the rates are set for. */
  public long current() {
    return step;
  }

  @Override
  public Map<String, Tensor> state() {
    return Map.of(STEP, States.number((double) step));
  }

  @Override
  public void load(Map<String, Tensor> state) {
    Map<String, Tensor> left = new LinkedHashMap<>(state);
    long found = States.takeCount(left, "scheduler", STEP);
    States.requireEmpty(left, "scheduler");
    goTo(found);
  }
}
