package org.tapeloop.examples.cli;

import java.util.ArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.spi.Backend;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** Where a command computes. */
public final class BackendOptions {
  /** Each is made at once, and takes memory; no machine that this runs on has more processors. */
  private static final int MOST_THREADS = 1024;

  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Unsaved
  @Option(
      names = "--backend",
      paramLabel = "BACKEND",
      completionCandidates = Names.class,
      description = "What computes: see \"tapeloop backends\". The fastest that works here.")
  private @Nullable String name;

  @Unsaved
  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads to compute with; results do not depend on it. One a processor.")
  private @Nullable Integer threads;

  /** The backends on the path, for completion. */
  static final class Names extends ArrayList<String> {
    private static final long serialVersionUID = 1;

    Names() {
      super(Backends.names());
    }
  }

  /**
   * Runs the body on the backend that was asked for.
   *
   * @throws ParameterException if it is unknown or cannot be used here
   */
  public <T> T use(Supplier<T> body) {
    Backend backend;
    try {
      if (threads != null) {
        if (threads < 1 || threads > MOST_THREADS) {
          throw new IllegalArgumentException(
              "--threads must be 1 to %d, not %d".formatted(MOST_THREADS, threads));
        }
        System.setProperty(Backends.THREADS_PROPERTY, threads.toString());
      }
      backend = name == null ? Backends.current() : Backends.named(name);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    return Backends.use(backend, body);
  }
}
