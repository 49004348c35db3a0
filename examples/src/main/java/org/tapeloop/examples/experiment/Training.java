package org.tapeloop.examples.experiment;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.tapeloop.examples.files.Failure;

/** Trains an experiment to the end of its run, and leaves the report. */
public final class Training {
  /** The part of a time limit after which the number of steps is fixed. */
  private static final double MEASURED = 0.15;

  private static final double NANOS = 1e9;

  /** How a run ended. */
  public sealed interface Outcome {
    /**
     * All steps were taken.
     *
     * @param validationLoss over all held-out data, in nats
     * @param position at the end
     */
    record Finished(double validationLoss, Position position) implements Outcome {}

    /**
     * It was asked to stop, and saved.
     *
     * @param position where it stopped
     */
    record Interrupted(Position position) implements Outcome {}
  }

  private final Experiment experiment;
  private final Plan plan;
  private final RunFolder folder;
  private final Console console;
  private final StopSignal stop;
  private final String title;

  private long step;
  private long steps;
  private final double limit;
  private final double secondsBefore;
  private long startNanos;
  private double lossSum;
  private long lossCount;
  private double recentLoss = Double.NaN;
  private double recentSecondsPerStep = Double.NaN;
  private List<MetricsRow> rows = List.of();

  /**
   * A run from its start or from where a checkpoint left it.
   *
   * @param title of the picture
   */
  public Training(
      Experiment experiment,
      Plan plan,
      Position from,
      RunFolder folder,
      Console console,
      StopSignal stop,
      String title) {
    this.experiment = experiment;
    this.plan = plan;
    this.folder = folder;
    this.console = console;
    this.stop = stop;
    this.title = title;
    step = from.step();
    steps = from.steps();
    limit = from.limit();
    secondsBefore = from.seconds();
    lossSum = from.lossSum();
    lossCount = from.lossCount();
  }

  /**
   * Trains.
   *
   * @throws Failure if the loss is no longer a number, or the report cannot be written
   */
  public Outcome run() {
    rows = folder.rowsUpTo(step);
    folder.keepSamplesUpTo(step);
    startNanos = System.nanoTime();
    try (Console.Bar bar = console.bar(step, steps)) {
      while (steps == 0 || step < steps) {
        if (stop.isRequested()) {
          save();
          draw();
          return new Outcome.Interrupted(position());
        }
        step(bar);
      }
    }
    double loss = experiment.validate();
    replaceLast(loss);
    save();
    draw();
    return new Outcome.Finished(loss, position());
  }

  private void step(Console.Bar bar) {
    long before = System.nanoTime();
    double rate = plan.schedule().rate(step, steps);
    Experiment.Progress progress = experiment.step(rate);
    step++;
    if (!Double.isFinite(progress.loss())) {
      throw new Failure(
          "the loss is %s after %,d steps: training has diverged; try a lower --learning-rate"
              .formatted(progress.loss(), step));
    }
    lossSum += progress.loss();
    lossCount++;
    recentLoss = average(recentLoss, progress.loss());
    recentSecondsPerStep = average(recentSecondsPerStep, (System.nanoTime() - before) / NANOS);
    fixSteps();
    bar.show(step, shownSteps(), message());

    boolean last = step == steps;
    if (step % plan.logEvery() == 0 || last) {
      log(rate, progress.gradientNorm(), validationIsDue() && !last);
    }
    if (plan.sampleEvery() > 0 && step % plan.sampleEvery() == 0 && !last) {
      sample();
    }
    if (step % plan.saveEvery() == 0 && !last) {
      save();
    }
  }

  /** Whether a multiple of its interval lies between the row before and here. */
  private boolean validationIsDue() {
    long every = plan.validateEvery();
    long before = rows.isEmpty() ? 0 : rows.getLast().step();
    return step / every > before / every;
  }

  /** With a time limit: as many steps as it allows at the speed so far. */
  private void fixSteps() {
    if (steps != 0 || limit == 0) {
      return;
    }
    double seconds = seconds();
    if (seconds >= MEASURED * limit) {
      double perStep = recentSecondsPerStep;
      steps = step + Math.max(1, Math.round((limit - seconds) / perStep));
    }
  }

  private long shownSteps() {
    if (steps != 0 || limit == 0) {
      return steps;
    }
    return Math.max(step, Math.round(limit / recentSecondsPerStep));
  }

  /** An exponential average over about the last thirty steps. */
  private static double average(double before, double value) {
    return Double.isNaN(before) ? value : before + (value - before) / 30;
  }

  private String message() {
    Metric metric = experiment.metric();
    long left = Math.round((shownSteps() - step) * recentSecondsPerStep);
    return String.format(
        Locale.ROOT,
        "loss %.3f %.3f %s %.1fk %s/s %d:%02d left",
        recentLoss,
        metric.of(recentLoss),
        metric.symbol(),
        experiment.unitsPerStep() / recentSecondsPerStep / 1e3,
        metric.abbreviation(),
        left / 60,
        left % 60);
  }

  private void log(double rate, double gradientNorm, boolean validate) {
    MetricsRow last = rows.isEmpty() ? null : rows.getLast();
    double seconds = seconds();
    double since = seconds - (last == null ? 0 : last.seconds());
    OptionalDouble validation = OptionalDouble.empty();
    if (validate) {
      double loss = experiment.estimate();
      validation = OptionalDouble.of(loss);
    }
    double mean = lossSum / lossCount;
    MetricsRow row =
        new MetricsRow(
            step,
            seconds,
            rate,
            mean,
            validation,
            gradientNorm,
            lossCount * experiment.unitsPerStep() / since);
    lossSum = 0;
    lossCount = 0;
    rows.add(row);
    folder.append(row);
    if (validate) {
      Metric metric = experiment.metric();
      console.println(
          String.format(
              Locale.ROOT,
              "step %,7d   training %.3f   validation %.3f %s",
              step,
              metric.of(mean),
              metric.of(validation.getAsDouble()),
              metric.symbol()));
      draw();
    }
  }

  private void sample() {
    String sample = experiment.sample(step);
    folder.appendSample(step, sample);
    console.println("\n" + sample.strip().indent(4));
  }

  /** Puts the validation at the end into the last row. */
  private void replaceLast(double validationLoss) {
    MetricsRow last = rows.removeLast();
    MetricsRow complete =
        new MetricsRow(
            last.step(),
            last.seconds(),
            last.learningRate(),
            last.trainLoss(),
            OptionalDouble.of(validationLoss),
            last.gradientNorm(),
            last.unitsPerSecond());
    rows.add(complete);
    folder.rewrite(rows);
    String sample = experiment.sample(step);
    folder.appendSample(step, sample);
    console.println("\n" + sample.strip().indent(4));
  }

  private void save() {
    Map<String, String> notes = new LinkedHashMap<>(plan.toNotes());
    notes.putAll(position().toNotes());
    try {
      experiment.capture().withConfiguration(notes).write(folder.checkpoint());
    } catch (IOException e) {
      throw new Failure("cannot save the checkpoint " + e.getMessage(), e);
    }
  }

  private void draw() {
    try {
      LossChart.write(folder.chart(), title, experiment.metric(), rows);
    } catch (Failure e) {
      // No reason to end a run.
      console.warn("no picture: " + e.getMessage());
    }
  }

  private double seconds() {
    return secondsBefore + (System.nanoTime() - startNanos) / NANOS;
  }

  private Position position() {
    return new Position(step, steps, limit, seconds(), lossSum, lossCount);
  }
}
