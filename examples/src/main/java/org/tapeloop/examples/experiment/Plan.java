package org.tapeloop.examples.experiment;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The learning rate of a run, and how often it reports and saves; kept in its checkpoint.
 *
 * @param schedule of the learning rate
 * @param logEvery steps between rows of the metrics
 * @param validateEvery steps between validations; rounded up to a row of the metrics
 * @param sampleEvery steps between samples; 0 for none
 * @param saveEvery steps between checkpoints
 */
public record Plan(
    Schedule schedule, long logEvery, long validateEvery, long sampleEvery, long saveEvery) {
  private static final long MAX_WARM_UP = 100;
  private static final long MAX_SAVE_EVERY = 1000;

  private static final String PEAK = "plan.peak_learning_rate";
  private static final String WARM_UP = "plan.warm_up";
  private static final String LOG = "plan.log_every";
  private static final String VALIDATE = "plan.validate_every";
  private static final String SAMPLE = "plan.sample_every";
  private static final String SAVE = "plan.save_every";

  /** A plan that suits a run of so many steps. */
  public static Plan forSteps(long steps, double peakLearningRate) {
    return new Plan(
        new Schedule(peakLearningRate, Math.min(MAX_WARM_UP, steps / 10)),
        Math.max(1, steps / 200),
        Math.max(1, steps / 10),
        Math.max(1, steps / 4),
        Math.clamp(steps / 10, 1, MAX_SAVE_EVERY));
  }

  /** The same plan with other intervals where they are given. */
  public Plan withIntervals(@Nullable Long validate, @Nullable Long sample, @Nullable Long save) {
    return new Plan(
        schedule,
        validate == null ? logEvery : Math.min(logEvery, validate),
        validate == null ? validateEvery : validate,
        sample == null ? sampleEvery : sample,
        save == null ? saveEvery : save);
  }

  /** For the notes of a checkpoint. */
  public Map<String, String> toNotes() {
    Map<String, String> notes = new LinkedHashMap<>();
    notes.put(PEAK, Double.toString(schedule.peak()));
    notes.put(WARM_UP, Long.toString(schedule.warmUp()));
    notes.put(LOG, Long.toString(logEvery));
    notes.put(VALIDATE, Long.toString(validateEvery));
    notes.put(SAMPLE, Long.toString(sampleEvery));
    notes.put(SAVE, Long.toString(saveEvery));
    return notes;
  }

  /**
   * From the notes of a checkpoint.
   *
   * @throws org.tapeloop.examples.files.Failure if they have no plan
   */
  public static Plan ofNotes(Notes notes) {
    return new Plan(
        new Schedule(notes.decimal(PEAK), notes.whole(WARM_UP)),
        notes.whole(LOG),
        notes.whole(VALIDATE),
        notes.whole(SAMPLE),
        notes.whole(SAVE));
  }
}
