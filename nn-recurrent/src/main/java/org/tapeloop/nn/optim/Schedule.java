package org.tapeloop.nn.optim;

import java.util.Arrays;

/**
 * A learning rate as a function of the step, counted from 0. A schedule remembers nothing, so a
 * resumed run needs the number of its step only, which a {@link Scheduler} keeps.
 *
 * <pre>{@code
 * Schedule schedule = Schedule.cosine(1e-3, 1e-5, 20_000).warmedUp(500, 0.01);
 * Scheduler scheduler = new Scheduler().drive(optimizer, schedule);
 * }</pre>
 */
@FunctionalInterface
public interface Schedule {

  /**
   * The rate of a step.
   *
   * @param step from 0
   */
  double rate(long step);

  // ---- one law ----

  /** The same rate always. */
  static Schedule constant(double rate) {
    return step -> rate;
  }

  /** {@code rate * factor^floor(k / every)}. */
  static Schedule step(double rate, long every, double factor) {
    requirePositive("step", "every", every);
    return step -> rate * Math.pow(factor, (double) Math.floorDiv(step, every));
  }

  /** {@code rate * factor^n}, n being how many milestones are at most k; equal ones count each. */
  static Schedule multiStep(double rate, double factor, long... milestones) {
    long[] sorted = milestones.clone();
    Arrays.sort(sorted);
    return step -> {
      int passed = 0;
      while (passed < sorted.length && sorted[passed] <= step) {
        passed++;
      }
      return rate * Math.pow(factor, passed);
    };
  }

  /** {@code rate * factor^k}. */
  static Schedule exponential(double rate, double factor) {
    return step -> rate * Math.pow(factor, (double) step);
  }

  /**
   * {@code least + (rate - least) (1 + cos(pi k / period)) / 2}: down to the least rate in one
   * period, up again in the next. Source: Loshchilov and Hutter 2017, arXiv 1608.03983.
   */
  static Schedule cosine(double rate, double least, long period) {
    requirePositive("cosine", "period", period);
    return step -> between(rate, least, 1 - falling((double) step / period));
  }

  /**
   * {@link #cosine} that starts again after each period.
   *
   * @param period the first one
   * @param growth each period is this many times the one before, at least 1
   */
  static Schedule cosineRestarts(double rate, double least, long period, long growth) {
    requirePositive("cosineRestarts", "period", period);
    requirePositive("cosineRestarts", "growth", growth);
    return step -> {
      long left = growth == 1 ? step % period : step;
      long length = period;
      while (left >= length) {
        left -= length;
        length *= growth;
      }
      return between(rate, least, 1 - falling((double) left / length));
    };
  }

  /** {@code rate * (start + (end - start) min(k, steps) / steps)}. */
  static Schedule linear(double rate, double start, double end, long steps) {
    requirePositive("linear", "steps", steps);
    return step -> rate * between(start, end, (double) Math.min(step, steps) / steps);
  }

  /** {@code rate * (1 - min(k, steps) / steps)^power}. */
  static Schedule polynomial(double rate, long steps, double power) {
    requirePositive("polynomial", "steps", steps);
    return step -> rate * Math.pow(1 - (double) Math.min(step, steps) / steps, power);
  }

  /**
   * {@code peak * min((k + 1) / warmUp, sqrt(warmUp / (k + 1)))}: up to the peak in a straight
   * line, then down with the square root of the step. Source: Vaswani et al. 2017, arXiv
   * 1706.03762, where the peak is {@code (modelSize * warmUp)^-0.5}.
   */
  static Schedule inverseSquareRoot(double peak, long warmUp) {
    requirePositive("inverseSquareRoot", "warmUp", warmUp);
    return step -> {
      double done = (step + 1.0) / warmUp;
      return peak * Math.min(done, 1 / Math.sqrt(done));
    };
  }

  // ---- several laws ----

  /**
   * This schedule before a step, then another one from its own beginning.
   *
   * @param at the first step of the next one
   */
  default Schedule then(long at, Schedule next) {
    if (at < 0) {
      throw new IllegalArgumentException("schedule: then at step " + at);
    }
    return step -> step < at ? rate(step) : next.rate(step - at);
  }

  /**
   * A straight line up to this schedule's first rate, then this schedule from its beginning.
   *
   * @param steps how many the line takes
   * @param start the part of the rate that it starts from
   */
  default Schedule warmedUp(long steps, double start) {
    return steps == 0 ? this : linear(rate(0), start, 1, steps).then(steps, this);
  }

  /** The rates of both multiplied: several laws at once. */
  default Schedule times(Schedule factors) {
    return step -> rate(step) * factors.rate(step);
  }

  /** All rates multiplied: the same law for another group of parameters. */
  default Schedule times(double factor) {
    return step -> rate(step) * factor;
  }

  // ---- for schedules ----

  /** Half a cosine, from 1 at 0 to 0 at 1. The same on every machine. */
  private static double falling(double part) {
    return (1 + StrictMath.cos(Math.PI * part)) / 2;
  }

  private static double between(double from, double to, double part) {
    return from + (to - from) * part;
  }

  private static void requirePositive(String schedule, String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "schedule: %s wants %s of at least 1, not %d".formatted(schedule, name, value));
    }
  }
}
