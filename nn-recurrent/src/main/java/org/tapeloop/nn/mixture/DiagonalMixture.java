package org.tapeloop.nn.mixture;

import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * Gaussians whose dimensions are independent.
 *
 * <pre>
 * -ln sum_k exp(ln pi_k - sum_d ((x_d - mu_kd)^2 / (2 sigma_kd^2) + ln sigma_kd + ln(2 pi) / 2))
 * </pre>
 *
 * @param logWeights ln pi [..., K]
 * @param means mu [..., K, D]
 * @param logScales ln sigma [..., K, D]
 */
public record DiagonalMixture(Tensor logWeights, Tensor means, Tensor logScales)
    implements Mixture {
  private static final double HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

  /** A mixture of the numbers that a network gives for each place: K, K D and K D of them. */
  static DiagonalMixture of(Tensor raw, int components, int dimensions) {
    int all = components * dimensions;
    Tensor means = raw.narrow(-1, components, all);
    Tensor logScales = raw.narrow(-1, components + all, all);
    Shape shape = shape(raw.shape(), components, dimensions);
    return new DiagonalMixture(
        raw.narrow(-1, 0, components).logSoftmax(-1),
        means.reshape(shape),
        logScales.reshape(shape));
  }

  /** The shape of numbers a place, with other axes for the last. */
  static Shape shape(Shape places, int... inner) {
    int[] extents = new int[places.rank() - 1 + inner.length];
    for (int axis = 0; axis < places.rank() - 1; axis++) {
      extents[axis] = places.extent(axis);
    }
    System.arraycopy(inner, 0, extents, places.rank() - 1, inner.length);
    return Shape.of(extents);
  }

  /** Refuses targets that are not D numbers for each place of the weights. */
  static void requireTargets(Tensor targets, Tensor logWeights, int dimensions) {
    Shape wanted = shape(logWeights.shape(), dimensions);
    if (!targets.shape().equals(wanted) || targets.dtype() != logWeights.dtype()) {
      throw new IllegalArgumentException(
          "mixture: targets must be %s %s, not %s %s"
              .formatted(logWeights.dtype(), wanted, targets.dtype(), targets.shape()));
    }
  }

  /** The component of a place: the first whose cumulated weight is beyond a uniform number. */
  static int component(double[] logWeights, int place, int components, double uniform) {
    double total = 0;
    for (int k = 0; k < components; k++) {
      total += Math.exp(logWeights[place * components + k]);
    }
    double sum = 0;
    for (int k = 0; k < components - 1; k++) {
      sum += Math.exp(logWeights[place * components + k]) / total;
      if (uniform < sum) {
        return k;
      }
    }
    return components - 1;
  }

  /** Checks a bias. */
  static void requireBias(double b) {
    if (!(b >= 0 && b < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "mixture: the bias must be finite and at least 0, not " + b);
    }
  }

  @Override
  public int dimensions() {
    return means.extent(-1);
  }

  @Override
  public Tensor negativeLogLikelihood(Tensor targets) {
    requireTargets(targets, logWeights, dimensions());
    Tensor z = targets.unsqueeze(-2).sub(means).mul(logScales.neg().exp());
    Tensor each = z.square().mul(0.5).add(logScales).add(HALF_LOG_TWO_PI).sum(-1);
    return logWeights.sub(each).logSumExp(-1).neg();
  }

  @Override
  public Tensor sample(RandomStream stream) {
    int components = logWeights.extent(-1);
    int dimensions = dimensions();
    double[] weights = logWeights.toDoubleArray();
    double[] mean = means.toDoubleArray();
    double[] scale = logScales.toDoubleArray();
    int places = weights.length / components;
    double[] drawn = new double[places * dimensions];
    for (int i = 0; i < places; i++) {
      int k = component(weights, i, components, stream.uniform(i));
      for (int d = 0; d < dimensions; d++) {
        int at = (i * components + k) * dimensions + d;
        double normal = stream.normal((long) places + (long) i * dimensions + d);
        drawn[i * dimensions + d] = mean[at] + Math.exp(scale[at]) * normal;
      }
    }
    return Tensor.ofDoubles(shape(logWeights.shape(), dimensions), drawn).to(means.dtype());
  }

  @Override
  public DiagonalMixture biased(double b) {
    requireBias(b);
    return new DiagonalMixture(logWeights.mul(1 + b).logSoftmax(-1), means, logScales.sub(b));
  }
}
