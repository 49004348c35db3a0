package org.tapeloop.examples.experiment;

import java.util.function.Supplier;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.checkpoint.Checkpoint;
import org.tapeloop.nn.optim.Clipping;

/** An experiment with what trains it: takes steps, judges, saves and restores. */
final class Learner {
  private final Experiment experiment;
  private final Layer model;
  private final Recipe recipe;
  private final Parts parts;

  /**
   * What one step did.
   *
   * @param loss mean over the step's units, before the step
   * @param units how many
   * @param gradientNorm of all gradients together, before clipping
   */
  record Progress(double loss, long units, double gradientNorm) {}

  Learner(Experiment experiment, long expectedSteps) {
    this.experiment = experiment;
    model = experiment.outline().model();
    recipe = experiment.outline().recipe().apply(expectedSteps);
    parts = new Parts(model);
    recipe.optimisation().declare(parts);
    experiment.declare(parts);
  }

  /** Prepares a step, and gives its learning rate. */
  double approach(long step, long steps) {
    recipe.optimisation().approach(step, steps);
    return recipe.schedule().rate(step, steps);
  }

  Progress step(double rate) {
    BatchLoss batch = experiment.next();
    var gradients = batch.objective().gradients(model.values());
    double norm = Clipping.globalNorm(gradients, 2);
    recipe.optimisation().step(gradients, Clipping.factor(norm, recipe.clip()), rate);
    return new Progress(batch.loss(), batch.units(), norm);
  }

  /** The quick validation, of which the optimisation hears. */
  double estimate() {
    double loss = judging(experiment::estimate);
    recipe.optimisation().validated(loss);
    return loss;
  }

  /** Runs a body with the model as it is judged: no dropout, averaged parameters, no tape. */
  <T> T judging(Supplier<T> body) {
    model.eval();
    try {
      return recipe.optimisation().evaluating(() -> Autograd.noGrad(body));
    } finally {
      model.train();
    }
  }

  Checkpoint capture() {
    return parts.capture();
  }

  void restore(SavedRun saved) {
    saved.requireData(experiment);
    parts.restore(saved);
  }
}
