package org.tapeloop.examples;

import org.tapeloop.examples.charlm.CellKind;
import org.tapeloop.examples.charlm.CharLmConfig;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** A recurrent model of sequences and how it is trained. */
final class ModelOptions {
  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--cell",
      paramLabel = "NAME",
      defaultValue = "lstm",
      description = "lstm, gru or elman. Default: ${DEFAULT-VALUE}.")
  private String cell;

  @Option(
      names = "--layers",
      paramLabel = "N",
      defaultValue = "1",
      description = "Recurrent layers on top of each other. Default: ${DEFAULT-VALUE}.")
  private int layers;

  @Option(
      names = "--hidden",
      paramLabel = "N",
      defaultValue = "256",
      description = "Size of each layer. Default: ${DEFAULT-VALUE}.")
  private int hidden;

  @Option(
      names = "--embedding",
      paramLabel = "N",
      defaultValue = "64",
      description = "Numbers that stand for a character. Default: ${DEFAULT-VALUE}.")
  private int embedding;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      defaultValue = "0",
      description =
          "How often a number between layers is dropped in training; for long runs on little"
              + " text. Default: ${DEFAULT-VALUE}.")
  private double dropout;

  @Option(
      names = "--sequence",
      paramLabel = "N",
      defaultValue = "32",
      description =
          "Characters through which errors are traced back; what the model remembers goes"
              + " further. Default: ${DEFAULT-VALUE}.")
  private int sequence;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "32",
      description = "Places of the text to learn from side by side. Default: ${DEFAULT-VALUE}.")
  private int batch;

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
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "The same seed on the same backend gives the same model. Default: ${DEFAULT-VALUE}.")
  private long seed;

  /**
   * The configuration of these options.
   *
   * @throws ParameterException naming an option that is out of range
   */
  CharLmConfig config(String data) {
    Ranges ranges = new Ranges(spec);
    ranges.require("--layers", layers >= 1, "1 or more", layers);
    ranges.require("--hidden", hidden >= 1, "1 or more", hidden);
    ranges.require("--embedding", embedding >= 1, "1 or more", embedding);
    ranges.require("--dropout", dropout >= 0 && dropout < 1, "at least 0 and below 1", dropout);
    ranges.require("--sequence", sequence >= 1, "1 or more", sequence);
    ranges.require("--batch", batch >= 1, "1 or more", batch);
    ranges.require("--learning-rate", Ranges.isPositive(learningRate), "above 0", learningRate);
    ranges.require(
        "--weight-decay",
        weightDecay == 0 || Ranges.isPositive(weightDecay),
        "0 or more",
        weightDecay);
    ranges.require("--clip", Ranges.isPositive(clip), "above 0", clip);
    CellKind kind;
    try {
      kind = CellKind.named(cell);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    return new CharLmConfig(
        data,
        kind,
        layers,
        hidden,
        embedding,
        dropout,
        sequence,
        batch,
        learningRate,
        weightDecay,
        clip,
        seed);
  }
}
