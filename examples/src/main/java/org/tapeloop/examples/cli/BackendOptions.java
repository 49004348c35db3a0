package org.tapeloop.examples.cli;

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
  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Unsaved
  @Option(
      names = "--backend",
      paramLabel = "NAME",
      description = "What computes: see \"tapeloop backends\". The fastest that works here.")
  private @Nullable String name;

  @Unsaved
  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads to compute with; results do not depend on it. One a processor.")
  private @Nullable Integer threads;

  /**
   * Runs the body on the backend that was asked for.
   *
   * @throws ParameterException if it is unknown or cannot be used here
   */
  public <T> T use(Supplier<T> body) {
    Backend backend;
    try {
      if (threads != null) {
        if (threads < 1) {
          throw new IllegalArgumentException("--threads must be 1 or more, not " + threads);
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
