package org.tapeloop.nn.optim;

import java.util.Map;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * Adam: steps of about the learning rate in every coordinate, as PyTorch's.
 *
 * <pre>
 * g &lt;- gradient + weightDecay * w
 * m &lt;- beta1 * m + (1 - beta1) * g
 * v &lt;- beta2 * v + (1 - beta2) * g^2
 * w &lt;- w - learningRate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
 * </pre>
 *
 * <p>t counts the parameter's steps from 1. Betas are 0.9 and 0.999, epsilon 1e-8 and the weight
 * decay 0 unless set. Source: Kingma and Ba 2015.
 */
public final class Adam extends AdamRule<Adam> {

  /** Adam with the defaults. */
  public Adam(Map<String, Parameter> parameters, double learningRate) {
    super(parameters, learningRate, 0);
  }

  @Override
  Adam self() {
    return this;
  }

  @Override
  protected Tensor update(Tensor value, Tensor gradient, State state) {
    return descend(value, decayed(value, gradient), state);
  }
}
