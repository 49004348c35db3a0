package org.tapeloop.benchmarks;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * JMH's command line. The JVMs it forks have the flags that backends need on the class path, a
 * wrong result ends the run, and after it the results are compared with what the machine can do.
 */
public final class Benchmarks {
  /**
   * What a JVM needs for every backend on the class path; and large pages, where the system has
   * them, for arrays of some megabytes that are allocated anew in each step.
   */
  public static final List<String> FLAGS =
      List.of(
          "--add-modules=jdk.incubator.vector",
          "--enable-native-access=ALL-UNNAMED",
          "-XX:+IgnoreUnrecognizedVMOptions",
          "-XX:+UseTransparentHugePages");

  private Benchmarks() {}

  /** Runs the benchmarks that the arguments select; the arguments are those of JMH. */
  public static void main(String[] args)
      throws IOException, RunnerException, CommandLineOptionException {
    CommandLineOptions commandLine = new CommandLineOptions(args);
    if (asksForInformation(commandLine)) {
      org.openjdk.jmh.Main.main(args);
      return;
    }
    var options =
        new OptionsBuilder()
            .parent(commandLine)
            .jvmArgsPrepend(FLAGS.toArray(String[]::new))
            .addProfiler(MachineProfiler.class)
            .shouldFailOnError(true)
            .build();
    try {
      Collection<RunResult> results = new Runner(options).run();
      Report.print(results, System.out);
      CellPage.report(results, System.out);
    } catch (RunnerException e) {
      System.err.println("the benchmarks did not finish: " + e.getMessage());
      System.exit(1);
    }
  }

  private static boolean asksForInformation(CommandLineOptions options) {
    return options.shouldHelp()
        || options.shouldList()
        || options.shouldListWithParams()
        || options.shouldListProfilers()
        || options.shouldListResultFormats();
  }
}
