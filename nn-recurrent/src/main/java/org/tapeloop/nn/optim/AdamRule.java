package org.tapeloop.nn.optim;

import java.util.Map;
import java.util.Set;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * What Adam and AdamW share: all but where weight decay enters.
 *
 * @param <S> the optimiser itself, so that settings can be chained
 */
public abstract sealed class AdamRule<S extends AdamRule<S>> extends MomentEstimates<S>
    permits Adam, AdamW {
  private static final String MAX_V = "max_exp_avg_sq";

  private boolean amsgrad;

  AdamRule(Map<String, Parameter> parameters, double learningRate, double weightDecay) {
    super(parameters, learningRate, weightDecay);
  }

  /**
   * Divides by the largest v so far, so that steps never grow again (Reddi, Kale and Kumar 2018).
   */
  public final S amsgrad() {
    amsgrad = true;
    return self();
  }

  /** {@code value - learningRate * mHat / (sqrt(vHat) + epsilon)}. */
  final Tensor descend(Tensor value, Tensor g, State state) {
    Tensor m = mean(g, state);
    Tensor v = meanSquare(g, state);
    if (amsgrad) {
      v = state.set(MAX_V, state.getOrZeros(MAX_V, value).maximum(v));
    }
    Tensor root = v.mul(1 / filled(beta2(), state)).sqrt().add(epsilon());
    return value.sub(m.div(root).mul(learningRate() / filled(beta1(), state)));
  }

  @Override
  protected final boolean isElementwise() {
    return true;
  }

  @Override
  protected final Set<String> stateNames() {
    return amsgrad ? Set.of(M, V, MAX_V) : super.stateNames();
  }

  @Override
  protected final Set<String> optionalStateNames() {
    return amsgrad ? Set.of(MAX_V) : Set.of();
  }
}
