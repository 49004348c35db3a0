package org.tapeloop.nn.optim;

import java.util.Map;
import java.util.Set;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * What Adam and its kin share: running averages m of the gradient and v of its square, both freed
 * of their bias towards the zeros they start from.
 *
 * @param <S> the optimiser itself, so that settings can be chained
 */
public abstract sealed class MomentEstimates<S extends MomentEstimates<S>> extends Descent<S>
    permits AdamRule, Adamax, EitherDecay {
  /** The part of m that is left after a step. */
  public static final double DEFAULT_BETA1 = 0.9;

  /** The part of v that is left after a step. */
  public static final double DEFAULT_BETA2 = 0.999;

  /** What keeps the denominator from 0. */
  public static final double DEFAULT_EPSILON = 1e-8;

  static final String M = "exp_avg";
  static final String V = "exp_avg_sq";

  private double beta1 = DEFAULT_BETA1;
  private double beta2 = DEFAULT_BETA2;
  private double epsilon = DEFAULT_EPSILON;

  MomentEstimates(Map<String, Parameter> parameters, double learningRate, double weightDecay) {
    super(parameters, learningRate, weightDecay);
  }

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

  final double beta1() {
    return beta1;
  }

  final double beta2() {
    return beta2;
  }

  final double epsilon() {
    return epsilon;
  }

  /** m with one more gradient. */
  final Tensor mean(Tensor g, State state) {
    return state.set(M, average(state.getOrZeros(M, g), g, beta1));
  }

  /** v with one more gradient. */
  final Tensor meanSquare(Tensor g, State state) {
    return state.set(V, average(state.getOrZeros(V, g), g.square(), beta2));
  }

  /** The part of the value that an average with this beta has after so many steps. */
  static double filled(double beta, State state) {
    return 1 - Math.pow(beta, state.step());
  }

  @Override
  protected Set<String> stateNames() {
    return Set.of(M, V);
  }
}
