package org.tapeloop.examples.experiment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.files.WholeFile;

/** Trains an experiment to the end of its run, and leaves the report. */
public final class Training {
  /** The part of a time limit after which the number of steps is fixed. */
  private static final double MEASURED = 0.15;

  private static final double NANOS = 1e9;

  /** How a run ended. */
  public sealed interface Outcome {
    /**
     * All steps were taken, or no validation was better for long enough.
     *
     * @param loss of the best model over all held-out data
     * @param bestStep after which step that model was
     * @param position at the end
     */
    record Finished(double loss, long bestStep, Position position) implements Outcome {}

    /**
     * It was asked to stop, and saved.
     *
     * @param position where it stopped
     */
    record Interrupted(Position position) implements Outcome {}
  }

  /**
   * What a run is called and how it was asked for; kept in its checkpoints.
   *
   * @param command that can go on with it
   * @param options of that command by name
   */
  public record Origin(String command, Map<String, String> options) {}

  private final Experiment experiment;
  private final Metric metric;
  private final Origin origin;
  private final RunFolder folder;
  private final Console console;
  private final StopSignal stop;
  private final Learner learner;
  private final Pace pace = new Pace();

  private Plan plan;
  private long step;
  private long steps;
  private double limit;
  private double secondsBefore;
  private long startNanos = System.nanoTime();
  private double lossSum;
  private long lossUnits;
  private Best best = Best.NONE;
  private @Nullable Path resumed;

  /** A run from its start, or from where {@link #goOn} puts it. */
  public Training(
      Experiment experiment,
      Origin origin,
      Plan plan,
      RunFolder folder,
      Console console,
      StopSignal stop) {
    this.experiment = experiment;
    metric = experiment.outline().metric();
    this.origin = origin;
    this.plan = plan;
    this.folder = folder;
    this.console = console;
    this.stop = stop;
    learner = new Learner(experiment, plan.expectedSteps());
  }

  /** Takes its length, and maybe more, from a position. */
  public Training from(Position from) {
    step = from.step();
    steps = from.steps();
    limit = from.limit();
    secondsBefore = from.seconds();
    lossSum = from.lossSum();
    lossUnits = from.lossUnits();
    return this;
  }

  /**
   * Goes on from a checkpoint.
   *
   * @param from the checkpoint's position, or that in a longer run
   * @throws Failure if the data are others, or the checkpoint does not fit the experiment
   */
  public Training goOn(SavedRun saved, Position from) {
    learner.restore(saved);
    best = Best.ofNotes(saved.notes());
    resumed = saved.file();
    return from(from);
  }

  /**
   * Trains.
   *
   * @throws Failure if the loss is no longer a number, or the report cannot be written
   */
  public Outcome run() {
    Report report = new Report(folder, metric, step);
    startNanos = System.nanoTime();
    if (resumed != null && best.step() == step) {
      // A crash may have come between this checkpoint and its copy.
      keepAsBest(resumed);
    }
    dropResult();
    try (Console.Bar bar = console.bar(step, steps)) {
      while (!isOver()) {
        if (stop.isRequested()) {
          save();
          draw(report);
          return new Outcome.Interrupted(position());
        }
        step(bar, report);
      }
    }
    return finish(report);
  }

  private boolean isOver() {
    boolean patienceIsOver = plan.patience() > 0 && best.since() >= plan.patience();
    return (steps != 0 && step >= steps) || patienceIsOver;
  }

  private void step(Console.Bar bar, Report report) {
    long before = System.nanoTime();
    double rate = learner.approach(step, steps);
    Learner.Progress progress = learner.step(rate);
    step++;
    if (!Double.isFinite(progress.loss())) {
      throw new Failure(
          "the loss is %s after %,d steps: training has diverged; try a lower --learning-rate"
              .formatted(progress.loss(), step));
    }
    lossSum += progress.loss() * progress.units();
    lossUnits += progress.units();
    pace.add(progress, (System.nanoTime() - before) / NANOS);
    fixSteps();
    bar.show(step, shownSteps(), message());

    // All that belongs to this step comes before it is saved, so that a crash loses nothing of it.
    boolean last = step == steps;
    if (plan.sampleEvery() > 0 && step % plan.sampleEvery() == 0 && !last) {
      sample(report);
    }
    boolean saved = false;
    if (step % plan.logEvery() == 0 || last) {
      saved = log(report, rate, progress.gradientNorm(), last || validationIsDue(report));
    }
    if ((step % plan.saveEvery() == 0 || isOver()) && !saved) {
      save();
    }
  }

  /** Whether a multiple of its interval lies between the row before and here. */
  private boolean validationIsDue(Report report) {
    long every = plan.validateEvery();
    long before = report.rows().isEmpty() ? 0 : report.rows().getLast().step();
    return step / every > before / every;
  }

  /** With a time limit: as many steps as it allows at the speed so far, and a plan for them. */
  private void fixSteps() {
    if (steps != 0 || limit == 0 || !pace.isKnown()) {
      return;
    }
    double seconds = seconds();
    if (seconds >= MEASURED * limit) {
      steps = step + Math.max(1, Math.round((limit - seconds) / pace.secondsPerStep()));
      plan = plan.rescaled(steps, experiment.estimateSteps());
    }
  }

  private long shownSteps() {
    if (steps != 0 || limit == 0) {
      return steps;
    }
    return Math.max(step, Math.round(limit / pace.secondsPerStep()));
  }

  private String message() {
    long left = Math.round((shownSteps() - step) * pace.secondsPerStep());
    double speed = pace.unitsPerSecond();
    String loss = String.format(Locale.ROOT, "%.3f", pace.loss());
    String figure = metric.text(pace.loss());
    return String.format(
        Locale.ROOT,
        "loss %s%s %s %s %s/s %d:%02d left",
        loss,
        figure.equals(loss) ? "" : " " + figure,
        metric.symbol(),
        speed >= 1e3 ? Math.round(speed / 1e2) / 1e1 + "k" : Long.toString(Math.round(speed)),
        metric.abbreviation(),
        left / 60,
        left % 60);
  }

  /** Adds a row to the report; gives whether the run was saved on that occasion. */
  private boolean log(Report report, double rate, double gradientNorm, boolean validate) {
    double seconds = seconds();
    double mean = lossSum / lossUnits;
    OptionalDouble validation =
        validate ? OptionalDouble.of(learner.estimate()) : OptionalDouble.empty();
    report.add(
        new MetricsRow(
            step, seconds, rate, mean, validation, gradientNorm, pace.rowUnitsPerSecond()));
    pace.startRow();
    lossSum = 0;
    lossUnits = 0;
    if (validation.isEmpty()) {
      return false;
    }
    best = best.or(step, validation.getAsDouble());
    boolean improved = best.step() == step;
    if (improved) {
      save();
      keepAsBest(folder.checkpoint());
    }
    console.println(
        String.format(
            Locale.ROOT,
            "step %,7d   training %s   validation %s %s%s",
            step,
            metric.text(mean),
            metric.text(validation.getAsDouble()),
            metric.symbol(),
            improved ? "" : "   (best: %s)".formatted(metric.text(best.loss()))));
    draw(report);
    return improved;
  }

  private void sample(Report report) {
    learner
        .judging(
            () -> {
              tryToDraw(() -> experiment.illustrate(folder.path()));
              return experiment.sample(step);
            })
        .ifPresent(
            sample -> {
              report.addSample(step, sample);
              console.println("\n" + Excerpt.of(sample).indent(4));
            });
  }

  /** Judges the best model over all held-out data. */
  private Outcome finish(Report report) {
    Position end = position();
    boolean lastIsBest = best.step() == step;
    if (!lastIsBest) {
      learner.restore(SavedRun.read(folder.best()));
    }
    double loss = learner.judging(experiment::validate);
    if (lastIsBest) {
      report.replaceLastValidation(loss);
    }
    report.keepSamplesUpTo(step - 1);
    sample(report);
    draw(report);
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("command", origin.command());
    result.put("model", experiment.outline().title());
    result.put("parameters", experiment.outline().model().parameterCount());
    result.put("metric", metric.name());
    result.put("value", metric.of(loss));
    result.put("loss", loss);
    result.put("steps", step);
    result.put("best_step", best.step());
    result.put("seconds", end.seconds());
    RunFolder.writeJson(folder.result(), result);
    return new Outcome.Finished(loss, best.step(), end);
  }

  private void save() {
    Map<String, String> notes = new LinkedHashMap<>();
    notes.put(SavedRun.COMMAND, origin.command());
    notes.put(SavedRun.DIGEST, experiment.outline().digest());
    notes.putAll(origin.options());
    notes.putAll(plan.toNotes());
    notes.putAll(position().toNotes());
    notes.putAll(best.toNotes());
    try {
      learner.capture().withConfiguration(notes).write(folder.checkpoint());
    } catch (IOException e) {
      throw new Failure("cannot save the checkpoint " + e.getMessage(), e);
    }
  }

  private void keepAsBest(Path checkpoint) {
    try {
      if (!Files.exists(folder.best()) || Files.mismatch(folder.best(), checkpoint) >= 0) {
        WholeFile.write(folder.best(), Files.readAllBytes(checkpoint));
      }
    } catch (IOException e) {
      throw Failure.to("read the checkpoint " + checkpoint, e);
    }
  }

  /** The run is not over any more, should it have been. */
  private void dropResult() {
    try {
      Files.deleteIfExists(folder.result());
    } catch (IOException e) {
      throw Failure.to("delete " + folder.result(), e);
    }
  }

  private void draw(Report report) {
    String title = origin.command() + ": " + experiment.outline().title();
    tryToDraw(() -> LossChart.write(folder.chart(), title, metric, report.rows()));
  }

  private void tryToDraw(Runnable picture) {
    try {
      picture.run();
    } catch (Failure e) {
      // No reason to end a run.
      console.warn("no picture: " + e.getMessage());
    }
  }

  private double seconds() {
    return secondsBefore + (System.nanoTime() - startNanos) / NANOS;
  }

  private Position position() {
    return new Position(step, steps, limit, seconds(), lossSum, lossUnits);
  }
}
