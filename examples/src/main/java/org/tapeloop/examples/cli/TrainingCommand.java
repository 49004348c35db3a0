package org.tapeloop.examples.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.tapeloop.examples.experiment.Experiment;
import org.tapeloop.examples.experiment.Outline;
import org.tapeloop.examples.experiment.Plan;
import org.tapeloop.examples.experiment.Position;
import org.tapeloop.examples.experiment.RunFolder;
import org.tapeloop.examples.experiment.SavedRun;
import org.tapeloop.examples.experiment.Training.Origin;
import org.tapeloop.examples.files.Failure;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * A command that trains something. A subclass declares its options and makes an {@link Experiment}
 * of them; running, resuming, reporting and saving follow.
 *
 * <p>Its options are kept in checkpoints by their names, and put back when a run is resumed; see
 * {@link Unsaved} and {@link Changeable}.
 */
public abstract class TrainingCommand implements Callable<Integer> {
  /** What a run leaves, for the descriptions of commands. */
  public static final String REPORT =
      "A run leaves a folder with its checkpoints (the latest and the best), metrics as CSV, as"
          + " JSON lines and for TensorBoard, samples, the configuration, the result and a picture"
          + " of the loss. Ctrl-C saves; --resume goes on, bit for bit as if nothing had happened.";

  @Spec private CommandSpec spec;

  @Mixin private RunOptions run;
  @Mixin private BackendOptions backend;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "The same seed on the same backend gives the same model. Default: ${DEFAULT-VALUE}.")
  private long seed;

  /** For subclasses, which picocli makes. */
  protected TrainingCommand() {}

  /**
   * What the options ask for; for a resumed run these are the options that it was started with.
   *
   * @throws Failure if the data cannot be used
   */
  protected abstract Experiment experiment();

  /**
   * Refuses options that are out of range.
   *
   * @throws ParameterException naming an option and its range
   */
  protected void check(Ranges ranges) {}

  /** Adds what else belongs into the folder of a new run. */
  protected void addTo(RunFolder folder) {}

  /** Of all random numbers. */
  protected final long seed() {
    return seed;
  }

  @Override
  public final Integer call() {
    Ranges ranges = new Ranges(spec);
    run.check();
    check(ranges);
    Path resumed = run.resume();
    return backend.use(() -> resumed == null ? start() : goOn(resumed));
  }

  private int start() {
    RunFolder folder = run.newFolder(spec.name());
    Experiment experiment = experiment();
    Position position =
        run.start(experiment.outline().stepsPerEpoch(), experiment.outline().defaultSteps());
    folder.create();
    Origin origin = new Origin(spec.name(), Configuration.of(spec));
    Configuration.write(spec, folder.configuration());
    addTo(folder);
    Plan plan = Plan.forSteps(expectedSteps(position, experiment), experiment.estimateSteps());
    return run.train(
        experiment, origin, plan, folder, training -> training.from(position), position);
  }

  /** The steps of a run, or a guess of those that its time limit will allow. */
  private static long expectedSteps(Position position, Experiment experiment) {
    return position.steps() > 0
        ? position.steps()
        : Math.max(
            1,
            Math.round(
                experiment.outline().defaultSteps() * position.limit() / Outline.DEFAULT_SECONDS));
  }

  private int goOn(Path resumed) {
    Path file = RunFolder.checkpointOf(resumed).toAbsolutePath();
    RunFolder folder =
        new RunFolder(
            Files.isDirectory(resumed) ? resumed : Objects.requireNonNull(file.getParent()));
    SavedRun saved = SavedRun.read(file).requireCommand(spec.name());
    configure(saved);
    Experiment experiment = experiment();
    Position position =
        run.goOn(Position.ofNotes(saved.notes()), experiment.outline().stepsPerEpoch(), folder);
    return run.train(
        experiment,
        new Origin(spec.name(), Configuration.of(spec)),
        Plan.ofNotes(saved.notes()),
        folder,
        training -> training.goOn(saved, position),
        position);
  }

  /**
   * Sets the options to those of a checkpoint.
   *
   * @throws Failure if one on the command line differs, or the checkpoint's have no meaning
   */
  public final void configure(SavedRun saved) {
    Configuration.restore(spec, saved.notes(), () -> check(new Ranges(spec)));
  }
}
