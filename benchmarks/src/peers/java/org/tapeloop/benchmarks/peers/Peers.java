package org.tapeloop.benchmarks.peers;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.tapeloop.benchmarks.BenchmarkCell;
import org.tapeloop.benchmarks.LayerSize;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command that compares training steps with libtorch's and makes the table. */
@Command(
    name = "peers",
    description = {
      "Times training steps of this project and of libtorch in processes that take turns, and",
      "makes a table and a picture. Before that, both must compute the same numbers."
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
public final class Peers implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--cells",
      split = ",",
      paramLabel = "CELL",
      description = "Of: elman, gru, lstm, lnlstm, mgu, user.",
      defaultValue = "elman,gru,lstm,lnlstm,mgu")
  private List<String> cells;

  @Option(
      names = "--sizes",
      paramLabel = "SIZES",
      description =
          "Of: stream, char, zsmall, zmedium, mid, xl, with commas between; or one as T,B,I,H.",
      defaultValue = "stream,char,zsmall,zmedium,mid,xl")
  private String sizes;

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
      description = "Receives table, picture and rounds; rows that it has already are kept.",
      defaultValue = "benchmarks/target/peers/results")
  private Path output;

  private Peers() {}

  /** Compares; the exit code is 0 if all went well, 1 if not, 2 for wrong arguments. */
  public static void main(String[] arguments) {
    // The picture goes into a file; no window is opened.
    System.setProperty("java.awt.headless", "true");
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    CommandLine commandLine = new CommandLine(new Peers());
    commandLine.setExecutionExceptionHandler(
        (e, line, parsed) -> {
          line.getErr().println("peers: " + e.getMessage());
          return ExitCode.SOFTWARE;
        });
    return commandLine;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<Task> tasks = tasks();
    PrintWriter err = spec.commandLine().getErr();
    Results results = Results.in(output.toAbsolutePath());
    ForkedJvm forks = new ForkedJvm(output.toAbsolutePath(), line -> say(err, line));
    for (Task task : tasks) {
      results.add(compare(task, forks, err));
    }
    PrintWriter out = spec.commandLine().getOut();
    out.print(MarkdownTable.of(results.comparisons()));
    out.flush();
    say(err, "table: " + results.table());
    say(err, "picture: " + results.picture());
    return ExitCode.OK;
  }

  private Comparison compare(Task task, ForkedJvm forks, PrintWriter err)
      throws IOException, InterruptedException {
    List<Double> errors = forks.run(Fork.CHECK, task);
    say(
        err,
        "%s: same numbers; the largest error is %.1e of an array's largest, libtorch's %.1e"
            .formatted(task.title(), errors.get(0), errors.get(1)));
    List<Comparison.Round> measured = new ArrayList<>();
    for (int i = 1; i <= rounds; i++) {
      Measurement tapeloop = measure(Library.TAPELOOP, task, forks);
      Measurement libtorch = measure(Library.LIBTORCH, task, forks);
      Comparison.Round round = new Comparison.Round(tapeloop, libtorch);
      measured.add(round);
      say(
          err,
          "%s: round %d of %d, %.3g ms and libtorch %.3g ms, ratio %.2f"
              .formatted(
                  task.title(),
                  i,
                  rounds,
                  tapeloop.milliseconds(),
                  libtorch.milliseconds(),
                  round.ratio()));
    }
    return new Comparison(task.cell(), task.size(), threads, measured);
  }

  private static Measurement measure(Library library, Task task, ForkedJvm forks)
      throws IOException, InterruptedException {
    List<Double> numbers = forks.run(library.name(), task);
    return new Measurement(numbers.get(0), numbers.get(1));
  }

  private List<Task> tasks() {
    require(threads >= 1, "--threads: " + threads + " is below 1");
    require(rounds >= 1, "--rounds: " + rounds + " is below 1");
    require(warmup >= 0, "--warmup: " + warmup + " is below 0");
    require(measurement >= 0, "--measurement: " + measurement + " is below 0");
    List<Task> tasks = new ArrayList<>();
    for (String cell : cells) {
      for (String size : sizeList()) {
        tasks.add(new Task(cell(cell), size, threads, warmup, measurement));
      }
    }
    return tasks;
  }

  private BenchmarkCell cell(String name) {
    try {
      return BenchmarkCell.named(name);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(), "--cells: there is no '%s'".formatted(name), e);
    }
  }

  /** Names, or a single size as four numbers. */
  private List<String> sizeList() {
    List<String> list =
        Character.isDigit(sizes.charAt(0)) ? List.of(sizes) : List.of(sizes.split(",", -1));
    for (String size : list) {
      try {
        LayerSize.parse(size);
      } catch (RuntimeException e) {
        throw new ParameterException(
            spec.commandLine(), "--sizes: there is no '%s'".formatted(size), e);
      }
    }
    return list;
  }

  private void require(boolean condition, String message) {
    if (!condition) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private static void say(PrintWriter err, String line) {
    err.println(line);
    err.flush();
  }
}
