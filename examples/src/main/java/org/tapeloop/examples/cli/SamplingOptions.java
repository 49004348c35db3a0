package org.tapeloop.examples.cli;

import org.tapeloop.nn.decoding.Sampler;
import picocli.CommandLine.Option;

/** How the next symbol is drawn. */
public final class SamplingOptions {
  @Changeable
  @Option(
      names = "--temperature",
      paramLabel = "X",
      defaultValue = "0.7",
      description =
          "Below 1 keeps to what is likely, above 1 is bolder, 0 takes the likeliest always."
              + " Default: ${DEFAULT-VALUE}.")
  private double temperature;

  @Changeable
  @Option(
      names = "--top-k",
      paramLabel = "K",
      defaultValue = "0",
      description = "Draw from the K likeliest symbols only; 0 for all. Default: ${DEFAULT-VALUE}.")
  private int topK;

  @Changeable
  @Option(
      names = "--top-p",
      paramLabel = "P",
      defaultValue = "0.95",
      description =
          "Draw from the nucleus only: the fewest symbols whose probabilities add up to P."
              + " Default: ${DEFAULT-VALUE}.")
  private double topP;

  @Changeable
  @Option(
      names = "--min-p",
      paramLabel = "P",
      defaultValue = "0",
      description =
          "Leave out symbols less than P times as likely as the likeliest. Default:"
              + " ${DEFAULT-VALUE}.")
  private double minP;

  /** Refuses values out of range. */
  public void check(Ranges ranges) {
    try {
      sampler();
    } catch (IllegalArgumentException e) {
      throw ranges.refusal("--" + e.getMessage());
    }
  }

  /** The sampler of these options. */
  public Sampler sampler() {
    return Sampler.PLAIN.temperature(temperature).topK(topK).topP(topP).minP(minP);
  }
}
