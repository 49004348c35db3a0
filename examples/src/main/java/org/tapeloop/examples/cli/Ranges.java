package org.tapeloop.examples.cli;

import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Refusals of option values, in one form for all commands. */
public record Ranges(CommandSpec spec) {
  /**
   * Units of a layer, or features of a symbol, at most: the weights of a cell are arrays of less
   * than 2^31.
   */
  public static final int MOST_UNITS = 20_000;

  /** Sequences side by side at most. */
  public static final int MOST_SEQUENCES = 100_000;

  /** Steps of a sequence at most. */
  public static final int MOST_STEPS = 1_000_000;

  /** Whether the option stands on the command line. */
  public boolean given(String option) {
    return spec.commandLine().getParseResult().hasMatchedOption(option);
  }

  /**
   * Refuses a value out of range.
   *
   * @throws ParameterException naming the option, its range and the value
   */
  public void require(String option, boolean holds, String range, Object value) {
    if (!holds) {
      throw refusal("%s must be %s, not %s".formatted(option, range, value));
    }
  }

  /** Refuses a number that is not between 1 and another. */
  public void requireUpTo(String option, int most, int value) {
    require(option, value >= 1 && value <= most, "1 to " + most, value);
  }

  /** As {@link #require}, if the option stands on the command line. */
  public void requireIfGiven(String option, boolean holds, String range, Object value) {
    require(option, !given(option) || holds, range, value);
  }

  /** Refuses what a value object refuses with an {@link IllegalArgumentException}. */
  public <T> T accept(Supplier<T> value) {
    try {
      return value.get();
    } catch (IllegalArgumentException e) {
      throw refusal(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Refuses a name that nothing has, with those that it may stand for, or else with all.
   *
   * @param kind what the name is of, such as "cell"
   */
  public ParameterException unknown(String kind, String name, List<String> names) {
    List<String> near = NearNames.of(name, names);
    return refusal(
        "the %s '%s' is unknown".formatted(kind, name)
            + (near.isEmpty()
                ? "; there are: " + String.join(", ", names)
                : NearNames.question(near)));
  }

  /** A usage error. */
  public ParameterException refusal(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** Whether a value is above 0 and finite. */
  public static boolean isPositive(double value) {
    return value > 0 && Double.isFinite(value);
  }
}
