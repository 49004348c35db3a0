package org.tapeloop.examples.experiment;

/**
 * A learning rate that rises from 0 over the first steps, stays at its peak for a fifth of the run,
 * and then falls to a hundredth of the peak along half a cosine.
 *
 * @param peak the highest rate
 * @param warmUp how many steps it rises
 */
public record Schedule(double peak, long warmUp) {
  /** The part of a run before the rate begins to fall; until then its length need not be known. */
  static final double HOLD = 0.2;

  private static final double FINAL = 0.01;

  /**
   * The rate of a step.
   *
   * @param step from 0
   * @param steps of the whole run; 0 while that is unknown, which it may be for the first fifth
   */
  public double rate(long step, long steps) {
    double risen = Math.min(1, (step + 1) / (double) Math.max(1, warmUp));
    double done = steps == 0 ? 0 : step / (double) steps;
    double fallen = Math.clamp((done - HOLD) / (1 - HOLD), 0, 1);
    double cosine = (1 + StrictMath.cos(Math.PI * fallen)) / 2;
    return peak * risen * (FINAL + (1 - FINAL) * cosine);
  }
}
