package org.tapeloop.examples.experiment;

/** The learning rate of each step of a run. */
@FunctionalInterface
public interface Schedule {
  /** The part of a run until which its length need not be known. */
  double KNOWN_AFTER = 0.2;

  /**
   * The rate of a step.
   *
   * @param step from 0
   * @param steps of the whole run; 0 while that is unknown, which it may be for the first fifth
   */
  double rate(long step, long steps);

  /**
   * A rate that rises from 0 over the first steps, stays at its peak for a fifth of the run, and
   * then falls to a hundredth of the peak along half a cosine.
   *
   * @param peak the highest rate
   * @param warmUp how many steps it rises
   */
  static Schedule warmedCosine(double peak, long warmUp) {
    return (step, steps) -> {
      double risen = Math.min(1, (step + 1) / (double) Math.max(1, warmUp));
      double done = steps == 0 ? 0 : step / (double) steps;
      double fallen = Math.clamp((done - KNOWN_AFTER) / (1 - KNOWN_AFTER), 0, 1);
      double cosine = (1 + StrictMath.cos(Math.PI * fallen)) / 2;
      return peak * risen * (0.01 + (1 - 0.01) * cosine);
    };
  }

  /** {@link #warmedCosine} as it suits a run of so many steps: a tenth of them, 100 at most. */
  static Schedule forSteps(double peak, long steps) {
    return warmedCosine(peak, Math.min(100, steps / 10));
  }
}
