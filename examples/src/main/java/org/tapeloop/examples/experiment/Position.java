package org.tapeloop.examples.experiment;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How far a run has come; kept in its checkpoint.
 *
 * @param step steps taken
 * @param steps of the whole run, 0 while unknown
 * @param limit in seconds, from which the number of steps is then found; 0 for none
 * @param seconds of training until here
 * @param lossSum the sum of the units' losses since the last row of the metrics
 * @param lossUnits how many units that are
 */
public record Position(
    long step, long steps, double limit, double seconds, double lossSum, long lossUnits) {
  private static final String STEP = "training.step";
  private static final String STEPS = "training.steps";
  private static final String LIMIT = "training.limit";
  private static final String SECONDS = "training.seconds";
  private static final String LOSS_SUM = "training.loss_sum";
  private static final String LOSS_UNITS = "training.loss_units";

  /** The start of a run of so many steps. */
  public static Position start(long steps) {
    return new Position(0, steps, 0, 0, 0, 0);
  }

  /** The start of a run that may take so many seconds. */
  public static Position startWithin(double limit) {
    return new Position(0, 0, limit, 0, 0, 0);
  }

  /** The same place in a run of so many steps. */
  public Position ofSteps(long total) {
    return new Position(step, total, 0, seconds, lossSum, lossUnits);
  }

  /** For the notes of a checkpoint. */
  public Map<String, String> toNotes() {
    Map<String, String> notes = new LinkedHashMap<>();
    notes.put(STEP, Long.toString(step));
    notes.put(STEPS, Long.toString(steps));
    notes.put(LIMIT, Double.toString(limit));
    notes.put(SECONDS, Double.toString(seconds));
    notes.put(LOSS_SUM, Double.toString(lossSum));
    notes.put(LOSS_UNITS, Long.toString(lossUnits));
    return notes;
  }

  /**
   * From the notes of a checkpoint.
   *
   * @throws org.tapeloop.examples.files.Failure if they have no position
   */
  public static Position ofNotes(Notes notes) {
    return new Position(
        notes.whole(STEP),
        notes.whole(STEPS),
        notes.decimal(LIMIT),
        notes.decimal(SECONDS),
        notes.decimal(LOSS_SUM),
        notes.whole(LOSS_UNITS));
  }
}
