package org.tapeloop.nn.hopfield;

import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Initializer;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Parameter;

/**
 * The modern, continuous Hopfield network as a layer: states move to stored patterns, which are
 * learned, by the rule of attention.
 *
 * <pre>
 * s' = X^T softmax(beta X s)
 * E(s) = -(1/beta) ln sum over n of exp(beta x_n . s) + 1/2 s . s + (1/beta) ln N + 1/2 M^2
 * </pre>
 *
 * <p>No step raises E, which is never negative; M is the largest norm of a pattern. Shapes: states
 * [..., D]; parameter {@code patterns} X [N, D], drawn uniformly from (-1/sqrt(D), 1/sqrt(D)).
 *
 * <p>Source: Ramsauer et al. 2020, arXiv 2008.02217, without maps of queries, keys and values.
 */
public final class ModernHopfield extends Layer {
  private final double beta;
  private final Parameter patterns;

  /**
   * A memory of random patterns.
   *
   * @param count N
   * @param size D
   * @param beta positive: the larger, the nearer to single patterns the states come
   */
  public ModernHopfield(int count, int size, double beta, Generator generator) {
    if (count < 1 || size < 1 || !(beta > 0)) {
      throw new IllegalArgumentException(
          "modern hopfield: %d patterns of size %d, beta %s".formatted(count, size, beta));
    }
    this.beta = beta;
    Initializer uniform = Initializer.inverseRoot(size);
    patterns = parameter("patterns", uniform.create(Shape.of(count, size), generator));
  }

  /** X. */
  public Parameter patterns() {
    return patterns;
  }

  /**
   * States after some steps.
   *
   * @param states [..., D]
   * @param steps at least 1; after one they are near a pattern if patterns are well apart
   */
  public Tensor forward(Tensor states, int steps) {
    if (steps < 1) {
      throw new IllegalArgumentException("modern hopfield: " + steps + " steps");
    }
    Tensor s = states;
    for (int k = 0; k < steps; k++) {
      s = similarity(s).softmax(-1).affine(patterns.value().t(), null);
    }
    return s;
  }

  /** E of states [..., D]: [...]. */
  public Tensor energy(Tensor states) {
    Tensor x = patterns.value();
    Tensor largest = x.square().sum(-1).max();
    double count = Math.log(x.extent(0)) / beta;
    Tensor attraction = similarity(states).logSumExp(-1).div(beta);
    return states.square().sum(-1).add(largest).mul(0.5).add(count).sub(attraction);
  }

  private Tensor similarity(Tensor states) {
    return states.affine(patterns.value(), null).mul(beta);
  }
}
