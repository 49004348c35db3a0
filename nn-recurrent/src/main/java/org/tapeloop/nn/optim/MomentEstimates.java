package org.tapeloop.nn.optim;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * What Adam and AdamW share: running averages m of the gradient and v of its square, both freed of
 * their bias towards the zeros they start from.
 *
 * @param <S> the optimiser itself, so that settings can be chained
 */
public abstract sealed class MomentEstimates<S extends MomentEstimates<S>> extends Optimizer
    permits Adam, AdamW {
  /** The part of m that is left after a step. */
  public static final double DEFAULT_BETA1 = 0.9;

  /** The part of v that is left after a step. */
  public static final double DEFAULT_BETA2 = 0.999;

  /** What keeps the denominator from 0. */
  public static final double DEFAULT_EPSILON = 1e-8;

  private static final String M = "exp_avg";
  private static final String V = "exp_avg_sq";
  private static final String MAX_V = "max_exp_avg_sq";

  private double beta1 = DEFAULT_BETA1;
  private double beta2 = DEFAULT_BETA2;
  private double epsilon = DEFAULT_EPSILON;
  private double weightDecay;
  private boolean amsgrad;
  private boolean maximize;

  MomentEstimates(Map<String, Parameter> parameters, double learningRate, double weightDecay) {
    super(parameters, learningRate);
    this.weightDecay = weightDecay;
  }

  abstract S self();

  /** How slowly the averages of gradient and squared gradient move, each in [0, 1). */
  public final S betas(double first, double second) {
    beta1 = belowOne("beta1", first);
    beta2 = belowOne("beta2", second);
    return self();
  }

  /** What is added to the denominator. */
  public final S epsilon(double value) {
    epsilon = atLeastZero("epsilon", value);
    return self();
  }

  /** How strongly weights are pulled to 0; where it enters is what tells Adam from AdamW. */
  public final S weightDecay(double value) {
    weightDecay = atLeastZero("weight decay", value);
    return self();
  }

  /**
   * Divides by the largest v so far, so that steps never grow again (Reddi, Kale and Kumar 2018).
   */
  public final S amsgrad() {
    amsgrad = true;
    return self();
  }

  /** Goes up the gradient instead of down. */
  public final S maximize() {
    maximize = true;
    return self();
  }

  final double weightDecay() {
    return weightDecay;
  }

  /** The gradient to follow: the given one, or its opposite. */
  final Tensor directed(Tensor gradient) {
    return maximize ? gradient.neg() : gradient;
  }

  /** {@code value - learningRate * mHat / (sqrt(vHat) + epsilon)}. */
  final Tensor descend(Tensor value, Tensor g, State state) {
    Tensor m = state.set(M, average(state.getOrZeros(M, value), g, beta1));
    Tensor v = state.set(V, average(state.getOrZeros(V, value), g.square(), beta2));
    if (amsgrad) {
      v = state.set(MAX_V, state.getOrZeros(MAX_V, value).maximum(v));
    }
    double freeM = 1 - Math.pow(beta1, state.step());
    double freeV = 1 - Math.pow(beta2, state.step());
    Tensor root = v.mul(1 / freeV).sqrt().add(epsilon);
    return value.sub(m.div(root).mul(learningRate() / freeM));
  }

  @Override
  protected final Set<String> stateNames() {
    Set<String> names = new LinkedHashSet<>(Set.of(M, V));
    if (amsgrad) {
      names.add(MAX_V);
    }
    return names;
  }
}
