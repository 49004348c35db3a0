package org.tapeloop.nn.optim;

import java.util.Map;
import java.util.Set;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * Momentum made orthogonal: each step of a weight matrix has singular values near 1. For the hidden
 * matrices of a network; embeddings, heads and vectors get another optimiser, see {@link
 * ParameterGroups}.
 *
 * <pre>
 * w &lt;- w * (1 - learningRate * weightDecay)
 * u &lt;- momentum * u + (1 - momentum) * g
 * z = u;  with Nesterov's momentum  (1 - momentum) * g + momentum * u
 * X = z / max(|z|, epsilon), transposed if it has more rows than columns; five times
 *   A = X X^T,  X &lt;- a X + (b A + c A^2) X
 * w &lt;- w - learningRate * scale * X, transposed back
 * </pre>
 *
 * <p>The scale of weights [R, C] is {@code sqrt(max(1, R / C))}, or with {@link #matchingAdamW}
 * {@code 0.2 sqrt(max(R, C))}. Momentum is 0.95, the weight decay 0.1, epsilon 1e-7 and (a, b, c)
 * are (3.4445, -4.775, 2.0315) unless set. Source: Jordan et al. 2024, "Muon: an optimizer for
 * hidden layers in neural networks"; the second scale: Liu et al. 2025, arXiv 2502.16982. PyTorch
 * iterates in bfloat16, this in the weights' own precision.
 */
public final class Muon extends Descent<Muon> {
  /** PyTorch's default. */
  public static final double DEFAULT_WEIGHT_DECAY = 0.1;

  private static final String VELOCITY = "momentum_buffer";
  private static final double ADAMW_RMS = 0.2;

  private double momentum = 0.95;
  private boolean nesterov = true;
  private double epsilon = 1e-7;
  private int iterations = 5;
  private double a = 3.4445;
  private double b = -4.775;
  private double c = 2.0315;
  private boolean matchingAdamW;

  /**
   * Muon with the defaults.
   *
   * @param parameters matrices
   * @throws IllegalArgumentException naming a parameter that is none
   */
  public Muon(Map<String, Parameter> parameters, double learningRate) {
    super(parameters, learningRate, DEFAULT_WEIGHT_DECAY);
    parameters.forEach(
        (name, parameter) -> {
          if (parameter.shape().rank() != 2) {
            throw new IllegalArgumentException(
                "optimizer: Muon steps matrices, and '%s' is %s"
                    .formatted(name, parameter.shape()));
          }
        });
  }

  @Override
  Muon self() {
    return this;
  }

  /** The fraction of the velocity that is left after a step, in [0, 1). */
  public Muon momentum(double value) {
    momentum = belowOne("momentum", value);
    return this;
  }

  /** Makes the velocity itself orthogonal, without looking ahead. */
  public Muon withoutNesterov() {
    nesterov = false;
    return this;
  }

  /** The smallest norm that is divided by. */
  public Muon epsilon(double value) {
    epsilon = aboveZero("epsilon", value);
    return this;
  }

  /** How often the polynomial {@code a x + b x^3 + c x^5} is applied to the singular values. */
  public Muon iterations(int count) {
    if (count < 0) {
      throw new IllegalArgumentException(
          "optimizer: the iterations must be at least 0, not " + count);
    }
    iterations = count;
    return this;
  }

  /** The coefficients of the polynomial. */
  public Muon coefficients(double linear, double cubic, double quintic) {
    a = linear;
    b = cubic;
    c = quintic;
    return this;
  }

  /** Scales steps to the size of AdamW's, so that its learning rate and decay can be taken over. */
  public Muon matchingAdamW() {
    matchingAdamW = true;
    return this;
  }

  @Override
  protected Tensor update(Tensor value, Tensor gradient, State state) {
    Tensor g = directed(gradient);
    Tensor u = state.set(VELOCITY, average(state.getOrZeros(VELOCITY, value), g, momentum));
    Tensor step = orthogonalised(nesterov ? average(u, g, momentum) : u);
    double rows = value.extent(0);
    double columns = value.extent(1);
    double scale =
        matchingAdamW
            ? ADAMW_RMS * Math.sqrt(Math.max(rows, columns))
            : Math.sqrt(Math.max(1, rows / columns));
    return shrunk(value).sub(step.mul(learningRate() * scale));
  }

  /** The Newton-Schulz iteration, on the side where the Gram matrix is smaller. */
  private Tensor orthogonalised(Tensor z) {
    boolean tall = z.extent(0) > z.extent(1);
    Tensor x = z.div(z.norm().clamp(epsilon, Double.POSITIVE_INFINITY));
    if (tall) {
      x = x.t();
    }
    for (int i = 0; i < iterations; i++) {
      Tensor gram = x.matmul(x.t());
      Tensor higher = gram.mul(b).add(gram.matmul(gram).mul(c));
      x = x.mul(a).add(higher.matmul(x));
    }
    return tall ? x.t() : x;
  }

  @Override
  protected Set<String> stateNames() {
    return Set.of(VELOCITY);
  }
}
