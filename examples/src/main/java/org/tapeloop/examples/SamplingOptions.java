package org.tapeloop.examples;

import org.tapeloop.nn.decoding.Sampler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** How the next symbol is drawn. */
final class SamplingOptions {
  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--temperature",
      paramLabel = "X",
      defaultValue = "0.7",
      description =
          "Below 1 keeps to what is likely, above 1 is bolder, 0 takes the likeliest always."
              + " Default: ${DEFAULT-VALUE}.")
  private double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      defaultValue = "0",
      description = "Draw from the K likeliest symbols only; 0 for all. Default: ${DEFAULT-VALUE}.")
  private int topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      defaultValue = "0.95",
      description =
          "Draw from the nucleus only: the fewest symbols whose probabilities add up to P."
              + " Default: ${DEFAULT-VALUE}.")
  private double topP;

  /**
   * The sampler of these options.
   *
   * @throws ParameterException if one is out of range
   */
  Sampler sampler() {
    try {
      return Sampler.PLAIN.temperature(temperature).topK(topK).topP(topP);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
    }
  }

  /** A sampler that was used before, but for what stands on the command line. */
  Sampler changed(Sampler asked, Sampler before) {
    Ranges options = new Ranges(spec);
    return Sampler.PLAIN
        .temperature(options.given("--temperature") ? asked.temperature() : before.temperature())
        .topK(options.given("--top-k") ? asked.topK() : before.topK())
        .topP(options.given("--top-p") ? asked.topP() : before.topP());
  }
}
