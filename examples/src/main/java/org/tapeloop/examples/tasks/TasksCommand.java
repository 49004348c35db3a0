package org.tapeloop.examples.tasks;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Backends;
import org.tapeloop.examples.cell.CellKind;
import org.tapeloop.examples.cli.BackendOptions;
import org.tapeloop.examples.cli.CellOptions;
import org.tapeloop.examples.cli.Changeable;
import org.tapeloop.examples.cli.Configuration;
import org.tapeloop.examples.cli.Ranges;
import org.tapeloop.examples.cli.Unsaved;
import org.tapeloop.examples.experiment.Console;
import org.tapeloop.examples.experiment.RunFolder;
import org.tapeloop.examples.experiment.StopSignal;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.files.WholeFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tapeloop tasks}: cells side by side on the classical problems. */
@Command(
    name = "tasks",
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Compares cells on the classical problems for recurrent networks: each learns each task from"
          + " several seeds, and a table gives mean and standard deviation of the loss on 256"
          + " held-out sequences. \"blind\" is the loss of an answer that knows nothing of the"
          + " sequence; the best loss is 0.",
      "",
      "Tasks: adding, copy, parity, reber, embedded-reber, dyck-2, echo, mackey-glass, narma-10."
          + " Cells: any of the library (\"--cells help\" lists them), and orthogonal, a cell that"
          + " this program defines for itself.",
      "",
      "The folder of a run holds the losses as CSV (outcomes.csv), as JSON lines and, in events,"
          + " for TensorBoard; table.md, the picture tasks.png and config.json. Ctrl-C stops; with"
          + " --resume the run goes on, and a trial that was broken off begins again.",
      "",
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  tapeloop tasks",
      "  tapeloop tasks --tasks adding,copy --cells lstm,orthogonal --length 100",
    })
public final class TasksCommand implements Callable<Integer> {
  private static final int INTERRUPTED = 130;
  private static final int MOST_SEEDS = 1000;
  private static final CellKind<?> OWN = new CellKind<>("orthogonal", OrthogonalCell::new);

  @Spec private CommandSpec spec;

  @Changeable
  @Option(
      names = "--tasks",
      split = ",",
      paramLabel = "TASK",
      completionCandidates = TaskNames.class,
      description = "The tasks, with commas between them. Default: all.")
  private @Nullable List<String> tasks;

  @Changeable
  @Option(
      names = "--cells",
      split = ",",
      paramLabel = "CELL",
      completionCandidates = CellNames.class,
      defaultValue = "lstm,gru,min-gru",
      description = "The cells, with commas between them. Default: ${DEFAULT-VALUE}.")
  private List<String> cells;

  @Changeable
  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "2",
      description = "Trials of each cell on each task. Default: ${DEFAULT-VALUE}.")
  private int seeds;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "The first seed; the others follow it. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--length",
      paramLabel = "N",
      defaultValue = "20",
      description =
          "Steps of adding, parity and dyck-2, delay of copy and echo, horizon of mackey-glass."
              + " Default: ${DEFAULT-VALUE}.")
  private int length;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "400",
      description = "Steps of each trial. Default: ${DEFAULT-VALUE}.")
  private int steps;

  @Option(
      names = "--hidden",
      paramLabel = "N",
      defaultValue = "64",
      description = "Units of the one layer. Default: ${DEFAULT-VALUE}.")
  private int hidden;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "32",
      description = "Sequences a step. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--learning-rate",
      paramLabel = "X",
      defaultValue = "0.01",
      description = "Of Adam, at its peak. Default: ${DEFAULT-VALUE}.")
  private double learningRate;

  @Unsaved
  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      description = "Where the run is kept. Default: the first free of runs/tasks-1, -2, ...")
  private @Nullable Path out;

  @Unsaved
  @Option(
      names = "--resume",
      paramLabel = "FOLDER",
      description =
          "Go on with a run, with its own options; other --tasks, --cells and --seeds may be given."
              + " Trials that it has are kept.")
  private @Nullable Path resume;

  @Mixin private BackendOptions backend;

  /** For completion. */
  static final class TaskNames extends ArrayList<String> {
    private static final long serialVersionUID = 1;

    TaskNames() {
      super(Tasks.all(Tasks.SHORTEST).stream().map(Task::name).toList());
    }
  }

  /** For completion. */
  static final class CellNames extends ArrayList<String> {
    private static final long serialVersionUID = 1;

    CellNames() {
      super(new CellOptions.Names());
      add(OWN.toString());
    }
  }

  @Override
  public Integer call() {
    Ranges ranges = new Ranges(spec);
    check(ranges);
    if (resume != null) {
      Configuration.restore(
          spec, new RunFolder(resume).configuration(), () -> check(new Ranges(spec)));
    }
    return backend.use(() -> run(chosen(ranges), kinds(ranges)));
  }

  private void check(Ranges ranges) {
    ranges.requireUpTo("--seeds", MOST_SEEDS, seeds);
    ranges.require(
        "--seed", seed <= Long.MAX_VALUE - seeds, "so small that others can follow it", seed);
    ranges.require(
        "--length",
        length >= Tasks.SHORTEST && length <= Ranges.MOST_STEPS,
        "%d to %d".formatted(Tasks.SHORTEST, Ranges.MOST_STEPS),
        length);
    ranges.require("--steps", steps >= 1, "1 or more", steps);
    ranges.requireUpTo("--hidden", Ranges.MOST_UNITS, hidden);
    ranges.requireUpTo("--batch", Ranges.MOST_SEQUENCES, batch);
    ranges.require("--learning-rate", Ranges.isPositive(learningRate), "above 0", learningRate);
    if (resume != null && out != null) {
      throw ranges.refusal(
          "--resume goes on in the run's own folder; --out can't be given with it");
    }
    chosen(ranges);
    kinds(ranges);
  }

  /** The cells, each once. */
  private List<CellKind<?>> kinds(Ranges ranges) {
    Map<String, CellKind<?>> kinds = new LinkedHashMap<>();
    for (String name : cells) {
      CellKind<?> kind = CellOptions.kind(ranges, name, OWN);
      kinds.putIfAbsent(kind.toString(), kind);
    }
    ranges.require("--cells", !kinds.isEmpty(), "one or more", "none");
    return List.copyOf(kinds.values());
  }

  /** The tasks, each once. */
  private List<Task> chosen(Ranges ranges) {
    Map<String, Task> all = new LinkedHashMap<>();
    Tasks.all(length).forEach(task -> all.put(task.name(), task));
    Set<Task> chosen = new LinkedHashSet<>();
    for (String name : tasks == null ? all.keySet() : tasks) {
      Task task = all.get(name);
      if (task == null) {
        throw ranges.unknown("task", name, List.copyOf(all.keySet()));
      }
      chosen.add(task);
    }
    ranges.require("--tasks", !chosen.isEmpty(), "one or more", "none");
    return List.copyOf(chosen);
  }

  private int run(List<Task> chosen, List<CellKind<?>> kinds) {
    RunFolder folder = folder();
    Outcomes outcomes = new Outcomes(folder.path(), steps);
    PrintWriter printer = spec.commandLine().getOut();
    Console console = Console.detect(printer, spec.commandLine().getErr());
    console.println(
        "on %s, keeping the run in %s".formatted(Backends.current().description(), folder.path()));
    Configuration.write(spec, folder.configuration());
    try (StopSignal stop = StopSignal.onShutdown()) {
      Trial.Settings settings = new Trial.Settings(hidden, steps, batch, learningRate);
      Trials trials = new Trials(chosen, kinds, settings, seed, seeds);
      if (!trials.run(outcomes, console, stop::isRequested)) {
        console.println(
            "stopped; to go on: %s --resume %s".formatted(spec.qualifiedName(), folder.word()));
        return INTERRUPTED;
      }
    }
    List<String> names = kinds.stream().map(CellKind::toString).toList();
    String table = new Comparison(chosen, names, outcomes).markdown();
    WholeFile.write(folder.path().resolve("table.md"), table);
    Path picture = folder.path().resolve("tasks.png");
    ComparisonChart.write(picture, chosen, names, outcomes);
    console.println("\n" + table + "\nwritten: " + picture);
    return 0;
  }

  /** The folder of a new run, or of one that goes on. */
  private RunFolder folder() {
    if (resume != null) {
      return new RunFolder(resume);
    }
    RunFolder folder =
        out == null ? RunFolder.next(Path.of("runs"), spec.name()) : new RunFolder(out);
    if (Files.exists(folder.configuration())) {
      throw new Failure(
          "%s already holds a run: continue it with --resume %s, or choose another --out"
              .formatted(folder.path(), folder.word()));
    }
    try {
      Files.createDirectories(folder.path());
    } catch (IOException e) {
      throw Failure.to("make the folder " + folder.path(), e);
    }
    return folder;
  }
}
