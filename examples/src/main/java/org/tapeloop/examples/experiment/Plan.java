package org.tapeloop.examples.experiment;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How long a run was meant to be, and how often it reports and saves; kept in its checkpoint.
 *
 * @param expectedSteps of the run as it was started
 * @param logEvery steps between rows of the metrics
 * @param validateEvery steps between validations; rounded up to a row of the metrics
 * @param sampleEvery steps between samples; 0 for none
 * @param saveEvery steps between checkpoints
 * @param patience validations without a better one after which the run ends; 0 for no such end
 */
public record Plan(
    long expectedSteps,
    long logEvery,
    long validateEvery,
    long sampleEvery,
    long saveEvery,
    int patience) {
  private static final long MAX_SAVE_EVERY = 1000;

  private static final String EXPECTED = "plan.expected_steps";
  private static final String LOG = "plan.log_every";
  private static final String VALIDATE = "plan.validate_every";
  private static final String SAMPLE = "plan.sample_every";
  private static final String SAVE = "plan.save_every";
  private static final String PATIENCE = "plan.patience";

  /** A plan that suits a run of so many steps. */
  public static Plan forSteps(long steps) {
    return new Plan(
        steps,
        Math.max(1, steps / 200),
        Math.max(1, steps / 10),
        Math.max(1, steps / 4),
        Math.clamp(steps / 10, 1, MAX_SAVE_EVERY),
        0);
  }

  /** The same plan with other intervals where they are given. */
  public Plan withIntervals(@Nullable Long validate, @Nullable Long sample, @Nullable Long save) {
    return new Plan(
        expectedSteps,
        validate == null ? logEvery : Math.min(logEvery, validate),
        validate == null ? validateEvery : validate,
        sample == null ? sampleEvery : sample,
        save == null ? saveEvery : save,
        patience);
  }

  /** The same plan with another patience. */
  public Plan withPatience(int validations) {
    return new Plan(expectedSteps, logEvery, validateEvery, sampleEvery, saveEvery, validations);
  }

  /** For the notes of a checkpoint. */
  public Map<String, String> toNotes() {
    Map<String, String> notes = new LinkedHashMap<>();
    notes.put(EXPECTED, Long.toString(expectedSteps));
    notes.put(LOG, Long.toString(logEvery));
    notes.put(VALIDATE, Long.toString(validateEvery));
    notes.put(SAMPLE, Long.toString(sampleEvery));
    notes.put(SAVE, Long.toString(saveEvery));
    notes.put(PATIENCE, Integer.toString(patience));
    return notes;
  }

  /**
   * From the notes of a checkpoint.
   *
   * @throws org.tapeloop.examples.files.Failure if they have no plan
   */
  public static Plan ofNotes(Notes notes) {
    return new Plan(
        notes.whole(EXPECTED),
        notes.whole(LOG),
        notes.whole(VALIDATE),
        notes.whole(SAMPLE),
        notes.whole(SAVE),
        notes.parsed(PATIENCE, Integer::parseInt));
  }
}
