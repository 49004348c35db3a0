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

  /** A validation is followed by steps that take so many times as long. */
  private static final int STEPS_TO_VALIDATION = 4;

  /** Reading forward only takes so many times less than a step. */
  private static final int STEP_TO_FORWARD = 3;

  private static final String EXPECTED = "plan.expected_steps";
  private static final String LOG = "plan.log_every";
  private static final String VALIDATE = "plan.validate_every";
  private static final String SAMPLE = "plan.sample_every";
  private static final String SAVE = "plan.save_every";
  private static final String PATIENCE = "plan.patience";

  /**
   * A plan that suits a run of so many steps. Validations are so rare that they take about a fifth
   * of the time at the most.
   *
   * @param stepsOfValidation how many steps read as much as a validation does
   */
  public static Plan forSteps(long steps, double stepsOfValidation) {
    long rest = (long) Math.ceil(STEPS_TO_VALIDATION * stepsOfValidation / STEP_TO_FORWARD);
    return new Plan(
        steps,
        Math.max(1, steps / 200),
        Math.max(1, Math.max(steps / 10, rest)),
        Math.max(1, steps / 4),
        Math.clamp(steps / 10, 1, MAX_SAVE_EVERY),
        0);
  }

  /**
   * The plan of the same run once it is known to have so many steps. Intervals that are not those
   * of {@link #forSteps} were asked for, and stay; so do the expected steps.
   */
  Plan rescaled(long steps, double stepsOfValidation) {
    Plan guessed = forSteps(expectedSteps, stepsOfValidation);
    Plan known = forSteps(steps, stepsOfValidation);
    return new Plan(
        expectedSteps,
        logEvery == guessed.logEvery ? known.logEvery : logEvery,
        validateEvery == guessed.validateEvery ? known.validateEvery : validateEvery,
        sampleEvery == guessed.sampleEvery ? known.sampleEvery : sampleEvery,
        saveEvery == guessed.saveEvery ? known.saveEvery : saveEvery,
        patience);
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
