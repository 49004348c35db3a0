package org.tapeloop.nn.optim;

import java.util.Map;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * What NAdam and RAdam share: weight decay is a part of the gradient, or decoupled from it as
 * AdamW's is.
 *
 * @param <S> the optimiser itself, so that settings can be chained
 */
public abstract sealed class EitherDecay<S extends EitherDecay<S>> extends MomentEstimates<S>
    permits NAdam, RAdam {
  private boolean decoupled;

  EitherDecay(Map<String, Parameter> parameters, double learningRate) {
    super(parameters, learningRate, 0);
  }

  /** Multiplies w by 1 - learningRate * weightDecay instead of adding to the gradient. */
  public final S decoupledWeightDecay(double value) {
    decoupled = true;
    return weightDecay(value);
  }

  /** The gradient to follow. */
  final Tensor followed(Tensor value, Tensor gradient) {
    return decoupled ? directed(gradient) : decayed(value, gradient);
  }

  /** The value that the step starts from. */
  final Tensor start(Tensor value) {
    return decoupled ? shrunk(value) : value;
  }
}
