package org.tapeloop.examples.cli;

import org.tapeloop.examples.cell.CellKind;
import org.tapeloop.examples.cell.CellStack;
import picocli.CommandLine.Option;

/** The recurrent layers of a model. */
public final class CellOptions {
  @Option(
      names = "--cell",
      paramLabel = "NAME",
      defaultValue = "lstm",
      description =
          "lstm, gru, elman or any other; \"--cell help\" lists them all. Default:"
              + " ${DEFAULT-VALUE}.")
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
      names = "--dropout",
      paramLabel = "P",
      defaultValue = "0",
      description =
          "How often a number between layers is dropped in training; for long runs on little"
              + " data. Default: ${DEFAULT-VALUE}.")
  private double dropout;

  /** Refuses values out of range. */
  public void check(Ranges ranges) {
    ranges.require("--layers", layers >= 1, "1 or more", layers);
    ranges.require("--hidden", hidden >= 1, "1 or more", hidden);
    ranges.require("--dropout", dropout >= 0 && dropout < 1, "at least 0 and below 1", dropout);
    ranges.accept(() -> CellKind.named(cell));
  }

  /** The layers of these options. */
  public CellStack.Sizes sizes() {
    return new CellStack.Sizes(CellKind.named(cell), layers, hidden, dropout);
  }
}
