package org.tapeloop.benchmarks.peers;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.tapeloop.benchmarks.LayerSize;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The command that compares training steps with libtorch's and makes the table. */
@Command(
    name = "peers",
    description =
        "Times training steps of this project and of libtorch in processes that take turns, and"
            + " makes a table and a picture. Before that, both must compute the same numbers. The"
            + " commands do so for layers without gradients.",
    subcommands = {ForwardCommand.class, StreamingCommand.class},
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
public final class Peers implements Callable<Integer> {

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

  @Mixin private MeasuringOptions options;

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
    options.check();
    List<Task> tasks = tasks();
    Results results = Results.in(options.output());
    Rounds rounds = options.measuring();
    for (Task task : tasks) {
      results.add(rounds.compare(task));
    }
    options.print(MarkdownTable.of(results.comparisons()));
    options.say("table: " + results.table());
    options.say("picture: " + results.picture());
    return ExitCode.OK;
  }

  private List<Task> tasks() {
    List<Task> tasks = new ArrayList<>();
    for (String cell : cells) {
      for (String size : sizeList()) {
        tasks.add(options.task(Workload.TRAINING, options.cell(cell), size));
      }
    }
    return tasks;
  }

  /** Names, or a single size as four numbers. */
  private List<String> sizeList() {
    List<String> list =
        Character.isDigit(sizes.charAt(0)) ? List.of(sizes) : List.of(sizes.split(",", -1));
    for (String size : list) {
      try {
        LayerSize.parse(size);
      } catch (RuntimeException e) {
        throw options.wrong("--sizes: there is no '%s'".formatted(size), e);
      }
    }
    return list;
  }
}
