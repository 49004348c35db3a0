package org.tapeloop.nn.optim;

import java.util.LinkedHashMap;
import java.util.Map;
import org.tapeloop.autograd.Tensor;

/**
 * A learning rate that falls when a metric has stopped getting better.
 *
 * <pre>{@code
 * ReduceOnPlateau plateau = new ReduceOnPlateau(1e-3).patience(3);
 * optimizer.setLearningRate(plateau.observe(validationLoss));   // after each validation
 * }</pre>
 *
 * <p>A value is better if it is below the best one by a part of it, the threshold; the first is
 * always better. A better value becomes the best and clears the count of bad ones, another is
 * counted, except while cooling down. When more values than the patience are bad, the rate is
 * multiplied by the factor, but not below its minimum and only if it changes by more than 1e-8, and
 * a cool-down begins.
 *
 * <p>The factor is 0.1, the patience 10, the threshold 1e-4, cool-down and minimum 0 unless set:
 * PyTorch's defaults.
 */
public final class ReduceOnPlateau implements Restorable {
  private static final String RATE = "learning_rate";
  private static final String BEST = "best";
  private static final String BAD = "num_bad_epochs";
  private static final String COOLING = "cooldown_counter";

  private double factor = 0.1;
  private long patience = 10;
  private double threshold = 1e-4;
  private boolean absolute;
  private boolean maximizing;
  private long cooldown;
  private double minimum;
  private double epsilon = 1e-8;

  private double rate;
  private double best = Double.NaN;
  private long bad;
  private long cooling;

  /** The rate until it falls for the first time. */
  public ReduceOnPlateau(double rate) {
    this.rate = Optimizer.atLeastZero("learning rate", rate);
  }

  // ---- settings ----

  /** What the rate is multiplied by, in (0, 1). */
  public ReduceOnPlateau factor(double value) {
    factor = Optimizer.belowOne("factor", Optimizer.aboveZero("factor", value));
    return this;
  }

  /** How many bad values in a row are suffered. */
  public ReduceOnPlateau patience(long values) {
    patience = requireCount("patience", values);
    return this;
  }

  /** Better means by this part of the best value. */
  public ReduceOnPlateau relativeThreshold(double part) {
    threshold = Optimizer.atLeastZero("threshold", part);
    absolute = false;
    return this;
  }

  /** Better means by this much. */
  public ReduceOnPlateau absoluteThreshold(double difference) {
    threshold = Optimizer.atLeastZero("threshold", difference);
    absolute = true;
    return this;
  }

  /** Larger values are better. */
  public ReduceOnPlateau maximizing() {
    maximizing = true;
    return this;
  }

  /** How many values after a fall are not counted as bad. */
  public ReduceOnPlateau cooldown(long values) {
    cooldown = requireCount("cool-down", values);
    return this;
  }

  /** The lowest rate. */
  public ReduceOnPlateau minimum(double value) {
    minimum = Optimizer.atLeastZero("minimum", value);
    return this;
  }

  /** Falls by this or less do not take place. */
  public ReduceOnPlateau epsilon(double value) {
    epsilon = Optimizer.atLeastZero("epsilon", value);
    return this;
  }

  private static long requireCount(String name, long value) {
    if (value < 0) {
      throw new IllegalArgumentException(
          "plateau: the " + name + " must be at least 0, not " + value);
    }
    return value;
  }

  // ---- use ----

  /** The rate in force. */
  public double rate() {
    return rate;
  }

  /**
   * Looks at one more value; NaN is never better.
   *
   * @return the rate from now on
   */
  public double observe(double value) {
    if (isBetter(value)) {
      best = value;
      bad = 0;
    } else {
      bad++;
    }
    if (cooling > 0) {
      cooling--;
      bad = 0;
    }
    if (bad > patience) {
      double lower = Math.max(rate * factor, minimum);
      if (rate - lower > epsilon) {
        rate = lower;
      }
      cooling = cooldown;
      bad = 0;
    }
    return rate;
  }

  private boolean isBetter(double value) {
    if (Double.isNaN(best)) {
      return !Double.isNaN(value);
    }
    // As products: the difference of an infinite best and its infinite part is no number.
    double sign = maximizing ? 1 : -1;
    double bound = absolute ? best + sign * threshold : best * (1 + sign * threshold);
    return maximizing ? value > bound : value < bound;
  }

  // ---- state ----

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    all.put(RATE, States.number(rate));
    all.put(BEST, States.number(best));
    all.put(BAD, States.number((double) bad));
    all.put(COOLING, States.number((double) cooling));
    return all;
  }

  @Override
  public void load(Map<String, Tensor> state) {
    Map<String, Tensor> left = new LinkedHashMap<>(state);
    double newRate =
        Optimizer.atLeastZero("learning rate", States.takeNumber(left, "plateau", RATE));
    double newBest = States.takeNumber(left, "plateau", BEST);
    long newBad = States.takeCount(left, "plateau", BAD);
    long newCooling = States.takeCount(left, "plateau", COOLING);
    States.requireEmpty(left, "plateau");
    rate = newRate;
    best = newBest;
    bad = newBad;
    cooling = newCooling;
  }
}
