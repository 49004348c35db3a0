package org.tapeloop.nn.optim;

import java.util.Map;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * {@link Adam} with the weight decay apart from the gradient, as PyTorch's.
 *
 * <pre>
 * w &lt;- w * (1 - learningRate * weightDecay), then Adam's step without decay
 * </pre>
 *
 * <p>Betas are 0.9 and 0.999, epsilon 1e-8 and the weight decay 0.01 unless set. Source: Loshchilov
 * and Hutter 2019; as in PyTorch the decay is multiplied by the learning rate, where the paper has
 * a schedule of its own for it.
 */
public final class AdamW extends AdamRule<AdamW> {
  /** PyTorch's default. */
  public static final double DEFAULT_WEIGHT_DECAY = 0.01;

  /** AdamW with the defaults. */
  public AdamW(Map<String, Parameter> parameters, double learningRate) {
    super(parameters, learningRate, DEFAULT_WEIGHT_DECAY);
  }

  @Override
  AdamW self() {
    return this;
  }

  @Override
  protected Tensor update(Tensor value, Tensor gradient, State state) {
    return descend(shrunk(value), directed(gradient), state);
  }
}
