package org.tapeloop.examples.experiment;

import java.util.function.LongFunction;
import org.tapeloop.nn.Layer;

/**
 * What an experiment is, said once.
 *
 * @param title what learns, for titles, such as "lstm, 2 x 256"
 * @param data what it learns from, in a line
 * @param digest a fingerprint of the data, by which a resumed run knows them again
 * @param metric how the model is judged
 * @param model what is trained
 * @param recipe how it is trained, given the expected steps of the whole run, which are the same
 *     when it is resumed, even for more steps
 * @param stepsPerEpoch how many steps read the training data once, on average
 * @param defaultSteps how many steps to take where nobody says, about {@link #DEFAULT_SECONDS} of
 *     them
 */
public record Outline(
    String title,
    String data,
    String digest,
    Metric metric,
    Layer model,
    LongFunction<Recipe> recipe,
    long stepsPerEpoch,
    long defaultSteps) {

  /** What a run of the default length may take, from which that of a given time is guessed. */
  public static final double DEFAULT_SECONDS = 120;

  /** What learns from what, for a person. */
  public String description() {
    return "%s%n%s, %,d parameters".formatted(data, title, model.parameterCount());
  }
}
