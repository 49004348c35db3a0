package org.tapeloop.nn.optim;

import java.util.Map;
import java.util.Set;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/**
 * Steps of a size of their own for each weight, which grows while its gradient keeps its sign and
 * shrinks when that changes, as PyTorch's. For full batches: noise changes signs.
 *
 * <pre>
 * q = g * previous g
 * size &lt;- size * (q > 0 ? grow : q &lt; 0 ? shrink : 1), within its bounds
 * g &lt;- 0 where q &lt; 0
 * w &lt;- w - sign(g) * size
 * </pre>
 *
 * <p>Sizes start at the learning rate, which counts in a parameter's first step only. They shrink
 * by 0.5, grow by 1.2, and stay in [1e-6, 50] unless set. Source: Riedmiller and Braun 1993, in the
 * form without weight backtracking (Igel and Hüsken 2000).
 */
public final class Rprop extends Optimizer {
  private static final String PREVIOUS = "prev";
  private static final String SIZE = "step_size";

  private double shrink = 0.5;
  private double grow = 1.2;
  private double smallest = 1e-6;
  private double largest = 50;
  private boolean maximize;

  /** Rprop with the defaults. */
  public Rprop(Map<String, Parameter> parameters, double learningRate) {
    super(parameters, learningRate);
  }

  /**
   * The factors of a step's size.
   *
   * @param less where the sign changed, in (0, 1)
   * @param more where it stayed, above 1
   */
  public Rprop factors(double less, double more) {
    shrink = belowOne("factor", aboveZero("factor", less));
    if (!(more > 1 && more < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "optimizer: the growing factor must be finite and above 1, not " + more);
    }
    grow = more;
    return this;
  }

  /** The bounds of a step's size. */
  public Rprop sizes(double least, double most) {
    smallest = aboveZero("smallest size", least);
    if (!(most >= least && most < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "optimizer: the largest size must be finite and at least the smallest, %s, not %s"
              .formatted(least, most));
    }
    largest = most;
    return this;
  }

  /** Goes up the gradient instead of down. */
  public Rprop maximize() {
    maximize = true;
    return this;
  }

  @Override
  protected Tensor update(Tensor value, Tensor gradient, State state) {
    Tensor g = maximize ? gradient.neg() : gradient;
    Tensor turn = g.mul(state.getOrZeros(PREVIOUS, value)).sign();
    Tensor factor =
        turn.gt(0)
            .where(
                Tensor.scalar(value.dtype(), grow),
                turn.lt(0)
                    .where(Tensor.scalar(value.dtype(), shrink), Tensor.scalar(value.dtype(), 1)));
    Tensor before =
        state.find(SIZE).orElseGet(() -> Tensor.full(value.dtype(), value.shape(), learningRate()));
    Tensor size = state.set(SIZE, before.mul(factor).clamp(smallest, largest));
    Tensor followed = state.set(PREVIOUS, g.maskedFill(turn.lt(0), 0));
    return value.sub(followed.sign().mul(size));
  }

  @Override
  protected Set<String> stateNames() {
    return Set.of(PREVIOUS, SIZE);
  }
}
