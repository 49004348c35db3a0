package org.tapeloop.examples.cli;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Defaults of a command that differ from those of the options it shares with others. A command
 * names a subclass in its {@code defaultValueProvider}.
 */
public abstract class Defaults implements IDefaultValueProvider {
  private final Map<String, String> values;

  /** Defaults by the names of the options, with dashes. */
  protected Defaults(Map<String, String> values) {
    this.values = values;
  }

  @Override
  public @Nullable String defaultValue(ArgSpec argument) {
    return argument instanceof OptionSpec option ? values.get(option.longestName()) : null;
  }
}
