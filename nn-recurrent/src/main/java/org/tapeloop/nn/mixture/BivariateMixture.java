package org.tapeloop.nn.mixture;

import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Tensor;

/**
 * Gaussians over two numbers that may be correlated.
 *
 * <pre>
 * N_k = exp(-Z / (2 (1 - rho^2))) / (2 pi sigma_1 sigma_2 sqrt(1 - rho^2))
 * Z = z_1^2 + z_2^2 - 2 rho z_1 z_2,  z_d = (x_d - mu_d) / sigma_d,  rho = tanh r
 * </pre>
 *
 * <p>Computed in logarithms, from r and not from rho, with {@code Z / (1 - rho^2) = (z_1^2 + z_2^2)
 * / 2 + (e^2r (z_1 - z_2)^2 + e^-2r (z_1 + z_2)^2) / 4}: nothing cancels where rho is near 1 or -1.
 *
 * <p>Source: Graves 2013, arXiv 1308.0850, equations 15 to 25.
 *
 * @param logWeights ln pi [..., K]
 * @param means mu [..., K, 2]
 * @param logScales ln sigma [..., K, 2]
 * @param correlation r [..., K]
 */
public record BivariateMixture(
    Tensor logWeights, Tensor means, Tensor logScales, Tensor correlation) implements Mixture {
  private static final double LOG_TWO_PI = Math.log(2 * Math.PI);

  /** A mixture of the 6 K numbers that a network gives for each place. */
  static BivariateMixture of(Tensor raw, int components) {
    DiagonalMixture base = DiagonalMixture.of(raw.narrow(-1, 0, 5 * components), components, 2);
    return new BivariateMixture(
        base.logWeights(),
        base.means(),
        base.logScales(),
        raw.narrow(-1, 5 * components, components));
  }

  @Override
  public int dimensions() {
    return 2;
  }

  @Override
  public Tensor negativeLogLikelihood(Tensor targets) {
    DiagonalMixture.requireTargets(targets, logWeights, 2);
    Tensor z = targets.unsqueeze(-2).sub(means).mul(logScales.neg().exp());
    Tensor z1 = z.select(-1, 0);
    Tensor z2 = z.select(-1, 1);
    // ln(1 - tanh(r)^2) / 2 = ln 2 - r - ln(1 + e^-2r)
    Tensor halfLogRest = correlation.add(correlation.mul(-2).softplus()).rsub(Math.log(2));
    // Z / (1 - rho^2) as a sum of squares: the terms of Z would cancel where rho is near 1.
    Tensor growth = correlation.exp();
    Tensor across = z1.sub(z2).mul(growth).square();
    Tensor along = z1.add(z2).div(growth).square();
    Tensor spread = z1.square().add(z2.square()).mul(2).add(across).add(along).div(8);
    Tensor each = spread.add(halfLogRest).add(logScales.sum(-1)).add(LOG_TWO_PI);
    return logWeights.sub(each).logSumExp(-1).neg();
  }

  @Override
  public Tensor sample(RandomStream stream) {
    int components = logWeights.extent(-1);
    double[] weights = logWeights.toDoubleArray();
    double[] mean = means.toDoubleArray();
    double[] scale = logScales.toDoubleArray();
    double[] r = correlation.toDoubleArray();
    int places = weights.length / components;
    double[] drawn = new double[places * 2];
    for (int i = 0; i < places; i++) {
      int at =
          i * components + DiagonalMixture.component(weights, i, components, stream.uniform(i));
      double first = stream.normal((long) places + 2L * i);
      double second = stream.normal((long) places + 2L * i + 1);
      double along = Math.tanh(r[at]) * first + second / Math.cosh(r[at]);
      drawn[2 * i] = mean[2 * at] + Math.exp(scale[2 * at]) * first;
      drawn[2 * i + 1] = mean[2 * at + 1] + Math.exp(scale[2 * at + 1]) * along;
    }
    return Tensor.ofDoubles(DiagonalMixture.shape(logWeights.shape(), 2), drawn).to(means.dtype());
  }

  @Override
  public BivariateMixture biased(double b) {
    DiagonalMixture.requireBias(b);
    return new BivariateMixture(
        logWeights.mul(1 + b).logSoftmax(-1), means, logScales.sub(b), correlation);
  }
}
