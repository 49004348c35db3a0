package org.tapeloop.examples.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.tapeloop.examples.cell.CellKind;
import org.tapeloop.examples.cell.CellStack;
import picocli.CommandLine.Option;

/** The recurrent layers of a model. */
public final class CellOptions {
  private static final String HELP = "help";
  private static final int MOST_LAYERS = 1000;

  @Option(
      names = "--cell",
      paramLabel = "CELL",
      defaultValue = "lstm",
      completionCandidates = Names.class,
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
          "How often a number between layers, or from the last, is dropped in training; for long"
              + " runs on little data. Default: ${DEFAULT-VALUE}.")
  private double dropout;

  /** What may stand for a cell, for completion. */
  public static final class Names extends ArrayList<String> {
    private static final long serialVersionUID = 1;

    /** For picocli, which makes it. */
    public Names() {
      super(CellKind.names());
      add(HELP);
    }
  }

  /**
   * The kind of cell of a name.
   *
   * @param own kinds that a command has besides those of the library
   * @throws Listing of all names, if the name is "help"
   * @throws picocli.CommandLine.ParameterException if there is no such kind
   */
  public static CellKind<?> kind(Ranges ranges, String name, CellKind<?>... own) {
    Map<String, CellKind<?>> kinds = new LinkedHashMap<>();
    CellKind.names().forEach(known -> kinds.put(known, CellKind.named(known)));
    Stream.of(own).forEach(kind -> kinds.put(kind.toString(), kind));
    List<String> names = List.copyOf(kinds.keySet());
    if (name.equals(HELP)) {
      throw new Listing(
          ranges.spec().commandLine(), "Cells, which docs/cells.md tells apart:", names);
    }
    CellKind<?> kind = kinds.get(name.toLowerCase(Locale.ROOT));
    if (kind == null) {
      throw ranges.unknown("cell", name, names);
    }
    return kind;
  }

  /** Takes another number of layers and units where the command line says nothing. */
  public void unlessGiven(Ranges ranges, int usualLayers, int usualHidden) {
    layers = ranges.given("--layers") ? layers : usualLayers;
    hidden = ranges.given("--hidden") ? hidden : usualHidden;
  }

  /** Refuses values out of range. */
  public void check(Ranges ranges) {
    kind(ranges, cell);
    ranges.requireUpTo("--layers", MOST_LAYERS, layers);
    ranges.requireUpTo("--hidden", Ranges.MOST_UNITS, hidden);
    ranges.require("--dropout", dropout >= 0 && dropout < 1, "at least 0 and below 1", dropout);
  }

  /** The layers of these options. */
  public CellStack.Sizes sizes() {
    return new CellStack.Sizes(
        CellKind.named(cell), layers, hidden, CellStack.Dropping.ofOutputs(dropout));
  }
}
