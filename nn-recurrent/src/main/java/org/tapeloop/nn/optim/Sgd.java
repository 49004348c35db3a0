package org.tapeloop.nn.optim;

import java.util.Map;
import java.util.Set;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * Stochastic gradient descent, with momentum if asked for, as PyTorch's.
 *
 * <pre>
 * g &lt;- gradient + weightDecay * w
 * u &lt;- g in the first step, then momentum * u + (1 - dampening) * g
 * w &lt;- w - learningRate * u;  with Nesterov's momentum  w - learningRate * (g + momentum * u)
 * </pre>
 *
 * <p>Source: Polyak 1964; Nesterov's momentum in the form of Sutskever et al. 2013, where the
 * learning rate multiplies the velocity instead of being part of it.
 */
public final class Sgd extends Descent<Sgd> {
  private static final String VELOCITY = "momentum_buffer";

  private double momentum;
  private double dampening;
  private boolean nesterov;

  /** Plain gradient descent. */
  public Sgd(Map<String, Parameter> parameters, double learningRate) {
    super(parameters, learningRate, 0);
  }

  @Override
  Sgd self() {
    return this;
  }

  /** Keeps a velocity: the fraction of it that is left after a step, in [0, 1). */
  public Sgd momentum(double value) {
    momentum = belowOne("momentum", value);
    return this;
  }

  /** Scales what a gradient adds to the velocity by 1 - dampening. */
  public Sgd dampening(double value) {
    dampening = belowOne("dampening", value);
    return this;
  }

  /** Looks ahead by the velocity: Nesterov's momentum. */
  public Sgd nesterov() {
    nesterov = true;
    return this;
  }

  @Override
  protected Tensor update(Tensor value, Tensor gradient, State state) {
    Tensor g = decayed(value, gradient);
    if (momentum != 0) {
      Tensor u = state.set(VELOCITY, velocity(g, state));
      g = nesterov ? g.add(u.mul(momentum)) : u;
    }
    return value.sub(g.mul(learningRate()));
  }

  private Tensor velocity(Tensor g, State state) {
    return state
        .find(VELOCITY)
        .map(u -> u.mul(momentum).add(dampening == 0 ? g : g.mul(1 - dampening)))
        .orElse(g);
  }

  @Override
  protected boolean isElementwise() {
    return true;
  }

  @Override
  protected Set<String> stateNames() {
    return momentum == 0 ? Set.of() : Set.of(VELOCITY);
  }

  @Override
  protected Set<String> optionalStateNames() {
    return Set.of(VELOCITY);
  }
}
