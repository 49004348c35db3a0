package org.tapeloop.nn;

import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.Tensor;

/** The largest magnitude of a matrix's eigenvalues. */
final class SpectralRadius {
  private static final int SQUARINGS = 30;

  private SpectralRadius() {}

  /**
   * {@code |A^k|^(1/k)} for k = 2^30, the logarithm of the norm kept apart so that powers stay in
   * range.
   *
   * @param matrix [n, n], F64
   * @return 0 for a matrix of which a power is 0
   */
  static double of(Tensor matrix) {
    return Autograd.noGrad(
        () -> {
          Tensor power = matrix;
          double logarithm = 0;
          double weight = 1;
          for (int k = 0; k <= SQUARINGS; k++) {
            double norm = power.norm().item();
            if (norm == 0) {
              return 0.0;
            }
            logarithm += weight * Math.log(norm);
            weight /= 2;
            Tensor unit = power.div(norm);
            power = unit.matmul(unit);
          }
          return Math.exp(logarithm);
        });
  }
}
