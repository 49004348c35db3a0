package org.tapeloop.examples.cli;

import java.util.Map;
import org.tapeloop.examples.experiment.Optimisation;
import org.tapeloop.examples.experiment.Recipe;
import org.tapeloop.examples.experiment.Schedule;
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

  /** Refuses values out of range. */
  public void check(Ranges ranges) {
    ranges.require("--learning-rate", Ranges.isPositive(learningRate), "above 0", learningRate);
    ranges.require(
        "--weight-decay",
        weightDecay == 0 || Ranges.isPositive(weightDecay),
        "0 or more",
        weightDecay);
    ranges.require("--clip", Ranges.isPositive(clip), "above 0", clip);
  }

  /** How these options train parameters. */
  public Recipe recipe(Map<String, Parameter> parameters, long expectedSteps) {
    AdamW optimizer =
        new AdamW(parameters, learningRate)
            .weightDecay(weightDecay)
            .betas(AdamW.DEFAULT_BETA1, BETA2);
    return new Recipe(
        Optimisation.of("adamw", optimizer), Schedule.forSteps(learningRate, expectedSteps), clip);
  }
}
