package org.tapeloop.examples.experiment;

/**
 * How a run goes: the loss and the speed of about the last thirty steps, and the speed since the
 * last row of the metrics. Only steps count, not validation, samples or saving.
 *
 * <p>The first step compiles the network. It says nothing of the others' speed and counts only
 * until there is another.
 */
final class Pace {
  private static final int RECENT = 30;

  private long steps;
  private double loss;
  private double units;
  private double seconds;
  private long rowUnits;
  private double rowSeconds;

  /** Takes in what a step did and how many seconds it took. */
  void add(Learner.Progress progress, double stepSeconds) {
    steps++;
    long timed = Math.max(1, steps - 1);
    loss += (progress.loss() - loss) / Math.min(steps, RECENT);
    units += (progress.units() - units) / Math.min(timed, RECENT);
    seconds += (stepSeconds - seconds) / Math.min(timed, RECENT);
    if (steps == 2) {
      startRow();
    }
    rowUnits += progress.units();
    rowSeconds += stepSeconds;
  }

  /** Whether there was more than the first step. */
  boolean isKnown() {
    return steps > 1;
  }

  /** The mean loss; 0 before the first step. */
  double loss() {
    return loss;
  }

  /** Of one step. */
  double secondsPerStep() {
    return seconds;
  }

  /** At the speed of the last steps. */
  double unitsPerSecond() {
    return units / seconds;
  }

  /** Units a second since {@link #startRow} was called. */
  double rowUnitsPerSecond() {
    return rowUnits / rowSeconds;
  }

  /** Counts from here. */
  void startRow() {
    rowUnits = 0;
    rowSeconds = 0;
  }
}
