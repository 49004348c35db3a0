package org.tapeloop.examples.charlm;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The recurrent cells that can be chosen by name. */
public enum CellKind {
  /** Long short-term memory. */
  LSTM,
  /** Gated recurrent unit. */
  GRU,
  /** The simple recurrent network. */
  ELMAN;

  /** The name to choose it by. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The cell of a name.
   *
   * @throws IllegalArgumentException listing the names there are
   */
  public static CellKind named(String label) {
    for (CellKind kind : values()) {
      if (kind.label().equals(label.toLowerCase(Locale.ROOT))) {
        return kind;
      }
    }
    throw new IllegalArgumentException(
        "the cell '%s' is unknown; there are: %s".formatted(label, labels()));
  }

  private static String labels() {
    return Arrays.stream(values()).map(CellKind::label).collect(Collectors.joining(", "));
  }
}
