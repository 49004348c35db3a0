package org.tapeloop.examples.wordlm;

import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.experiment.Optimisation;
import org.tapeloop.examples.experiment.Parts;
import org.tapeloop.nn.Parameter;
import org.tapeloop.nn.optim.AveragedSgd;

/**
 * NT-ASGD: descent whose weights are averaged once validations have stopped getting better; or, in
 * a run too short for that, over its last third.
 */
final class NonMonotoneDescent implements Optimisation {
  /** Validations that are looked back on. */
  private static final int INTERVAL = 5;

  /** Averaging begins after this part of the run even if validations still get better. */
  private static final double LATEST_START = 0.65;

  private static final double WEIGHT_DECAY = 1.2e-6;

  private final AveragedSgd optimizer;
  private final DoubleSupplier scale;

  /**
   * Descent from the current weights.
   *
   * @param scale of the learning rate of each step
   */
  NonMonotoneDescent(Map<String, Parameter> parameters, double learningRate, DoubleSupplier scale) {
    optimizer = new AveragedSgd(parameters, learningRate, INTERVAL);
    optimizer.sgd().weightDecay(WEIGHT_DECAY);
    this.scale = scale;
  }

  @Override
  public void step(Map<Tensor, Tensor> gradients, double factor, double learningRate) {
    optimizer.sgd().setLearningRate(learningRate * scale.getAsDouble());
    optimizer.step(gradients, factor);
  }

  @Override
  public void approach(long step, long steps) {
    if (steps > 0 && step >= LATEST_START * steps) {
      optimizer.startAveraging();
    }
  }

  @Override
  public void declare(Parts parts) {
    parts.part("nt-asgd", optimizer);
  }

  @Override
  public void validated(double loss) {
    optimizer.observe(loss);
  }

  @Override
  public <T> T evaluating(Supplier<T> body) {
    return optimizer.use(body);
  }
}
