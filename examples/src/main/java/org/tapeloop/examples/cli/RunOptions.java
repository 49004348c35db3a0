package org.tapeloop.examples.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Backends;
import org.tapeloop.examples.experiment.Console;
import org.tapeloop.examples.experiment.Experiment;
import org.tapeloop.examples.experiment.Metric;
import org.tapeloop.examples.experiment.Plan;
import org.tapeloop.examples.experiment.Position;
import org.tapeloop.examples.experiment.RunFolder;
import org.tapeloop.examples.experiment.StopSignal;
import org.tapeloop.examples.experiment.Training;
import org.tapeloop.examples.experiment.Training.Origin;
import org.tapeloop.examples.files.Failure;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** How long a command trains, how often it reports, and where it keeps the run. */
final class RunOptions {
  /** Exit code of a process that SIGINT ended. */
  private static final int INTERRUPTED = 130;

  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Unsaved
  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      description = "Where the run is kept. Default: the first free of runs/COMMAND-1, -2, ...")
  private @Nullable Path out;

  @Unsaved
  @Option(
      names = "--resume",
      paramLabel = "RUN",
      description = "Go on with a run: its folder, or the checkpoint in it.")
  private @Nullable Path resume;

  @ArgGroup(exclusive = true)
  private @Nullable Length length;

  /** How long to train, said in one of three ways. */
  private static final class Length {
    @Unsaved
    @Option(
        names = "--steps",
        paramLabel = "N",
        description =
            "How long to train: in steps. By default those of about the time said above, with the"
                + " default model.")
    private long steps;

    @Unsaved
    @Option(names = "--epochs", paramLabel = "N", description = "... in passes over the data.")
    private double epochs;

    @Unsaved
    @Option(
        names = "--minutes",
        paramLabel = "N",
        description =
            "... in time: the number of steps follows from the speed of the first of them, so"
                + " the result depends on the machine.")
    private double minutes;
  }

  @Unsaved
  @Option(
      names = "--validate-every",
      paramLabel = "N",
      description =
          "Steps between validations. Default: a tenth of the run; more, if validation took over a"
              + " fifth of the time.")
  private @Nullable Long validateEvery;

  @Unsaved
  @Option(
      names = "--sample-every",
      paramLabel = "N",
      description = "Steps between samples, 0 for none. Default: a quarter of the run.")
  private @Nullable Long sampleEvery;

  @Unsaved
  @Option(
      names = "--save-every",
      paramLabel = "N",
      description = "Steps between checkpoints. Default: a tenth of the run, 1000 at most.")
  private @Nullable Long saveEvery;

  @Unsaved
  @Option(
      names = "--patience",
      paramLabel = "N",
      description =
          "End the run after N validations without a better one, 0 for never. Default: 0. The best"
              + " model is kept in any case.")
  private @Nullable Integer patience;

  /**
   * Refuses values out of range.
   *
   * @throws picocli.CommandLine.ParameterException naming the option and its range
   */
  void check() {
    Ranges ranges = new Ranges(spec);
    if (length != null) {
      ranges.requireIfGiven("--steps", length.steps >= 1, "1 or more", length.steps);
      ranges.requireIfGiven("--epochs", Ranges.isPositive(length.epochs), "above 0", length.epochs);
      ranges.requireIfGiven(
          "--minutes", Ranges.isPositive(length.minutes), "above 0", length.minutes);
    }
    requireInterval(ranges, "--validate-every", validateEvery, 1);
    requireInterval(ranges, "--sample-every", sampleEvery, 0);
    requireInterval(ranges, "--save-every", saveEvery, 1);
    ranges.require(
        "--patience", patience == null || patience >= 0, "0 or more", String.valueOf(patience));
    if (resume != null && out != null) {
      throw ranges.refusal(
          "--resume goes on in the run's own folder; --out can't be given with it");
    }
    if (resume != null && ranges.given("--minutes")) {
      throw ranges.refusal("--minutes can't be changed by --resume; --steps and --epochs can");
    }
  }

  private static void requireInterval(
      Ranges ranges, String option, @Nullable Long value, long least) {
    ranges.require(
        option, value == null || value >= least, least + " or more", String.valueOf(value));
  }

  /** The run to go on with, if there is one. */
  @Nullable Path resume() {
    return resume;
  }

  /** The folder for a new run of a command. */
  RunFolder newFolder(String command) {
    return out == null ? RunFolder.next(Path.of("runs"), command) : new RunFolder(out);
  }

  /** The start of a run as long as the options say, or as the default number of steps. */
  Position start(long stepsPerEpoch, long defaultSteps) {
    if (length != null && new Ranges(spec).given("--minutes")) {
      return Position.startWithin(length.minutes * 60);
    }
    long asked = askedSteps(stepsPerEpoch);
    return Position.start(asked > 0 ? asked : defaultSteps);
  }

  /**
   * Where a resumed run goes on, with the number of steps changed if the options say so.
   *
   * @throws Failure if the run has taken all its steps
   */
  Position goOn(Position saved, long stepsPerEpoch, RunFolder folder) {
    long asked = askedSteps(stepsPerEpoch);
    Position position = asked > 0 ? saved.ofSteps(asked) : saved;
    boolean over = position.steps() > 0 && position.step() >= position.steps();
    if (over && Files.exists(folder.result())) {
      throw new Failure(
          "%s has taken all its %,d steps; to train it further: --resume %s --steps N"
              .formatted(folder.path(), position.step(), folder.word()));
    }
    return position;
  }

  /** As many steps as the options say, or 0 if they don't. */
  private long askedSteps(long stepsPerEpoch) {
    if (length == null) {
      return 0;
    }
    return new Ranges(spec).given("--epochs")
        ? Math.max(1, Math.round(length.epochs * stepsPerEpoch))
        : length.steps;
  }

  /**
   * Trains to the end or until interrupted, and says what came of it.
   *
   * @param start puts the training where it starts
   * @return the exit code
   */
  int train(
      Experiment experiment,
      Origin origin,
      Plan plan,
      RunFolder folder,
      UnaryOperator<Training> start,
      Position from) {
    var console = Console.detect(spec.commandLine().getOut(), spec.commandLine().getErr());
    Plan asked = plan.withIntervals(validateEvery, sampleEvery, saveEvery);
    if (patience != null) {
      asked = asked.withPatience(patience);
    }
    try (StopSignal stop = StopSignal.onShutdown()) {
      Training training =
          start.apply(new Training(experiment, origin, asked, folder, console, stop));
      console.println(experiment.outline().description());
      console.println("on " + Backends.current().description());
      console.println(
          from.step() == 0
              ? "keeping the run in %s".formatted(folder.path())
              : "going on with %s after %,d steps".formatted(folder.path(), from.step()));
      return switch (training.run()) {
        case Training.Outcome.Finished finished -> {
          report(console, experiment, folder, finished);
          yield 0;
        }
        case Training.Outcome.Interrupted(Position end) -> {
          console.println(
              "stopped after %,d steps and saved; to go on: %s --resume %s"
                  .formatted(end.step(), spec.qualifiedName(), folder.word()));
          yield INTERRUPTED;
        }
      };
    }
  }

  private static void report(
      Console console, Experiment experiment, RunFolder folder, Training.Outcome.Finished done) {
    long seconds = Math.round(done.position().seconds());
    long steps = done.position().step();
    Metric metric = experiment.outline().metric();
    console.println(
        "held out: %s %s (loss %.4f), after %,d steps in %d:%02d min"
            .formatted(
                metric.text(done.loss()),
                metric.name(),
                done.loss(),
                steps,
                seconds / 60,
                seconds % 60));
    if (done.bestStep() < steps) {
      console.println(
          "that is the best model, of step %,d; later ones were no better"
              .formatted(done.bestStep()));
    }
    String label = "written: ";
    for (Path file : folder.files()) {
      console.println(label + file);
      label = " ".repeat(label.length());
    }
    console.println("now try: tapeloop sample " + folder.word());
  }
}
