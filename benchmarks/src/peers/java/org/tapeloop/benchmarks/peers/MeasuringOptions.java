package org.tapeloop.benchmarks.peers;

import java.io.PrintWriter;
import java.nio.file.Path;
import org.tapeloop.benchmarks.BenchmarkCell;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** How it is measured, the same options in every command. */
final class MeasuringOptions {

  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(names = "--threads", description = "How many each library may use.", defaultValue = "1")
  private int threads;

  @Option(
      names = "--rounds",
      description = "Processes of each library, in turns.",
      defaultValue = "5")
  private int rounds;

  @Option(
      names = "--warmup",
      paramLabel = "SECONDS",
      description = "Untimed steps of a process.",
      defaultValue = "8")
  private double warmup;

  @Option(
      names = "--measurement",
      paramLabel = "SECONDS",
      description = "Timed steps of a process, five at least.",
      defaultValue = "3")
  private double measurement;

  @Option(
      names = "--output",
      paramLabel = "FOLDER",
      description = "Receives the results; training steps that it has already are kept.",
      defaultValue = "benchmarks/target/peers/results")
  private Path output;

  /**
   * Refuses numbers that make no sense, and options that stand before a command, which are not its.
   *
   * @throws ParameterException with the option's name
   */
  void check() {
    CommandSpec outer = spec.parent();
    if (outer != null) {
      for (OptionSpec option : outer.commandLine().getParseResult().matchedOptions()) {
        String name = option.longestName();
        require(false, "%s stands before '%s', and belongs behind it".formatted(name, spec.name()));
      }
    }
    require(threads >= 1, "--threads: " + threads + " is below 1");
    require(rounds >= 1, "--rounds: " + rounds + " is below 1");
    require(warmup >= 0, "--warmup: " + warmup + " is below 0");
    require(measurement >= 0, "--measurement: " + measurement + " is below 0");
  }

  /**
   * Refuses an argument unless the condition holds.
   *
   * @throws ParameterException with the message
   */
  void require(boolean condition, String message) {
    if (!condition) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  /** For an argument that something failed with. */
  ParameterException wrong(String message, Exception cause) {
    return new ParameterException(spec.commandLine(), message, cause);
  }

  /**
   * The cell of that name.
   *
   * @throws ParameterException if there is none
   */
  BenchmarkCell cell(String name) {
    try {
      return BenchmarkCell.named(name);
    } catch (IllegalArgumentException e) {
      throw wrong("--cells: there is no '%s'".formatted(name), e);
    }
  }

  Task task(Workload workload, BenchmarkCell cell, String size) {
    return new Task(workload, cell, size, threads, warmup, measurement);
  }

  /** What measures so, and tells the user of it. */
  Rounds measuring() {
    return new Rounds(new ForkedJvm(output(), this::say), rounds, this::say);
  }

  Path output() {
    return output.toAbsolutePath();
  }

  /** Results, for the standard output. */
  void print(String text) {
    PrintWriter out = spec.commandLine().getOut();
    out.print(text);
    out.flush();
  }

  /** What happens, for the standard error. */
  void say(String line) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(line);
    err.flush();
  }
}
