package org.tapeloop.examples.experiment;

import java.util.Map;
import java.util.function.Supplier;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.optim.Optimizer;

/** What takes the steps of a run: an optimiser, and what may stand around one. */
public interface Optimisation {

  /**
   * Takes a step along gradients.
   *
   * @param factor that clips them
   */
  void step(Map<Tensor, Tensor> gradients, double factor, double learningRate);

  /**
   * Told of each step before it is taken.
   *
   * @param step from 0
   * @param steps of the whole run; 0 while that is unknown, as in a {@link Schedule}
   */
  default void approach(long step, long steps) {}

  /** Declares all that changes from step to step. */
  void declare(Parts parts);

  /** Told of each validation. */
  default void validated(double loss) {}

  /** Runs a body with the parameters that the model is judged by, such as their averages. */
  default <T> T evaluating(Supplier<T> body) {
    return body.get();
  }

  /**
   * An optimiser alone.
   *
   * @param name of its state in checkpoints
   */
  static Optimisation of(String name, Optimizer optimizer) {
    return new Optimisation() {
      @Override
      public void step(Map<Tensor, Tensor> gradients, double factor, double learningRate) {
        optimizer.setLearningRate(learningRate);
        optimizer.step(gradients, factor);
      }

      @Override
      public void declare(Parts parts) {
        parts.part(name, optimizer);
      }
    };
  }
}
