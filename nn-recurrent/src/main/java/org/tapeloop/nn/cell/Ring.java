package org.tapeloop.nn.cell;

import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * Draws the eigenvalues of linear recurrent units from a ring inside the unit circle, uniformly by
 * area: Orvieto et al. 2023, arXiv 2303.06349, section 3.2.
 */
final class Ring {
  private static final double INNER = 0.4;
  private static final double OUTER = 0.99;
  private static final double LARGEST_ANGLE = Math.PI / 10;

  private Ring() {}

  /** {@code ln(-ln |lambda|)} [H]. */
  static Tensor nuLog(int size, Generator generator) {
    Tensor squared = uniform(size, INNER * INNER, OUTER * OUTER, generator);
    return squared.log().mul(-0.5).log();
  }

  /** The logarithm of the angle [H]. */
  static Tensor thetaLog(int size, Generator generator) {
    return uniform(size, 1e-3, LARGEST_ANGLE, generator).log();
  }

  /** {@code ln sqrt(1 - |lambda|^2)} [H], which keeps the variance of the input. */
  static Tensor gammaLog(Tensor nuLog) {
    return nuLog.exp().mul(-2).exp().rsub(1).log().mul(0.5).detach();
  }

  private static Tensor uniform(int size, double low, double high, Generator generator) {
    return Tensor.uniform(generator.next(), DType.F32, Shape.of(size), low, high);
  }
}
