package org.tapeloop.examples.cli;

import java.util.Map;
import org.tapeloop.examples.experiment.Averaging;
import org.tapeloop.examples.experiment.Optimisation;
import org.tapeloop.examples.experiment.Recipe;
import org.tapeloop.examples.experiment.SavedRun;
import org.tapeloop.examples.experiment.Schedule;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.optim.AdamW;
import picocli.CommandLine.Option;

/** Training with AdamW and a learning rate that rises, stays and falls. */
public final class AdamOptions {
  /** A shorter memory than usual: in a run of minutes gradients shrink fast. */
  private static final double BETA2 = 0.99;

  @Option(
      names = "--learning-rate",
      paramLabel = "X",
      defaultValue = "0.016",
      description =
          "At its peak: it rises for the first steps and falls to a hundredth. Default:"
              + " ${DEFAULT-VALUE}.")
  private double learningRate;

  @Option(
      names = "--weight-decay",
      paramLabel = "X",
      defaultValue = "0.01",
      description = "Of the optimiser, AdamW. Default: ${DEFAULT-VALUE}.")
  private double weightDecay;

  @Option(
      names = "--clip",
      paramLabel = "X",
      defaultValue = "1",
      description = "The norm that gradients are scaled down to. Default: ${DEFAULT-VALUE}.")
  private double clip;

  @Option(
      names = "--average",
      paramLabel = "X",
      defaultValue = "0",
      description =
          "Judge the model by a running average of its weights, and write with it: after each step"
              + " the average keeps this part of itself and takes the rest from the weights, such"
              + " as 0.998; for long runs on little data. 0 for none. Default: ${DEFAULT-VALUE}.")
  private double average;

  /** Refuses values out of range. */
  public void check(Ranges ranges) {
    ranges.require("--learning-rate", Ranges.isPositive(learningRate), "above 0", learningRate);
    ranges.require(
        "--weight-decay",
        weightDecay == 0 || Ranges.isPositive(weightDecay),
        "0 or more",
        weightDecay);
    ranges.require("--clip", Ranges.isPositive(clip), "above 0", clip);
    ranges.require("--average", average >= 0 && average < 1, "at least 0 and below 1", average);
  }

  /** How these options train parameters. */
  public Recipe recipe(Map<String, Parameter> parameters, long expectedSteps) {
    return new Recipe(
        average == 0 ? descent(parameters) : averaging(parameters),
        Schedule.forSteps(learningRate, expectedSteps),
        clip);
  }

  private Optimisation descent(Map<String, Parameter> parameters) {
    return Optimisation.of(
        "adamw",
        new AdamW(parameters, learningRate)
            .weightDecay(weightDecay)
            .betas(AdamW.DEFAULT_BETA1, BETA2));
  }

  private Averaging averaging(Map<String, Parameter> parameters) {
    return new Averaging(descent(parameters), parameters, average);
  }

  /**
   * Puts the parameters of a run with these options back into a model: those that it is judged by.
   *
   * @throws org.tapeloop.examples.files.Failure if they do not fit
   */
  public <M extends Layer> M restore(SavedRun saved, M model) {
    if (average == 0) {
      return saved.restore(model);
    }
    Averaging averaging = averaging(model.parameters());
    saved.restore(model, averaging);
    averaging.apply();
    return model;
  }
}
