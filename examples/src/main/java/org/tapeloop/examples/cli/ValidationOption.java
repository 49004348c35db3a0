package org.tapeloop.examples.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Data of their own to be judged by. */
public final class ValidationOption {
  @Option(
      names = "--validation",
      paramLabel = "PATH",
      description = "What to hold out, in the form of --data. Default: a tenth of --data.")
  private @Nullable Path path;

  /** Refuses it without data to learn from. */
  public void check(Ranges ranges) {
    if (path != null && !ranges.given("--data")) {
      throw ranges.refusal("--validation needs --data, from which the model learns");
    }
  }

  /** Where they are; null for a tenth of the data. */
  public @Nullable Path path() {
    return path;
  }
}
