package org.tapeloop.nn.mixture;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.Linear;

/**
 * A mixture-density output: what a network has seen becomes the parameters of a mixture.
 *
 * <p>One product gives all numbers, in this order: K scores of the components, whose softmax is
 * their weights; K D means; K D logarithms of standard deviations; and for two correlated numbers K
 * inverse hyperbolic tangents of correlations. Parameters {@code output.weight} and {@code
 * output.bias}.
 *
 * <p>Source: Bishop 1994, Mixture Density Networks; Graves 2013, arXiv 1308.0850.
 *
 * @param <M> the mixture
 */
public final class MixtureHead<M extends Mixture> extends Layer {
  private final Linear output;
  private final Function<Tensor, M> mixture;

  private MixtureHead(Linear output, Function<Tensor, M> mixture) {
    this.output = child("output", output);
    this.mixture = mixture;
  }

  /**
   * Gaussians over D independent numbers.
   *
   * @param inputSize H
   * @param components K
   * @param dimensions D
   */
  public static MixtureHead<DiagonalMixture> diagonal(
      int inputSize, int components, int dimensions, Generator generator) {
    requirePositive(components, dimensions);
    return new MixtureHead<>(
        new Linear(inputSize, components * (1 + 2 * dimensions), generator),
        raw -> DiagonalMixture.of(raw, components, dimensions));
  }

  /**
   * Gaussians over two numbers with a correlation.
   *
   * @param inputSize H
   * @param components K
   */
  public static MixtureHead<BivariateMixture> bivariate(
      int inputSize, int components, Generator generator) {
    requirePositive(components);
    return new MixtureHead<>(
        new Linear(inputSize, 6 * components, generator),
        raw -> BivariateMixture.of(raw, components));
  }

  private static void requirePositive(int... sizes) {
    for (int size : sizes) {
      if (size < 1) {
        throw new IllegalArgumentException(
            "MixtureHead: components and dimensions must be at least 1, not " + size);
      }
    }
  }

  /**
   * The mixtures.
   *
   * @param hidden [..., H]
   */
  public M forward(Tensor hidden) {
    return mixture.apply(output.forward(hidden));
  }

  /**
   * The mean negative log-likelihood, in nats, over the steps that belong to sequences.
   *
   * @param hidden [T, B, H]; padding may hold anything
   * @param targets [T, B, D]; padding may hold anything
   * @param lengths of the sequences, or null if all have T steps
   * @throws IllegalArgumentException if shapes do not fit
   */
  public Tensor loss(Tensor hidden, Tensor targets, @Nullable Lengths lengths) {
    if (hidden.rank() != 3
        || targets.rank() != 3
        || targets.extent(0) != hidden.extent(0)
        || targets.extent(1) != hidden.extent(1)) {
      throw new IllegalArgumentException(
          "MixtureHead: hidden %s and targets %s must be [time, batch, features] of the same steps"
              .formatted(hidden.shape(), targets.shape()));
    }
    if (lengths == null) {
      return forward(hidden).negativeLogLikelihood(targets).mean();
    }
    lengths.check(hidden.extent(0), hidden.extent(1));
    Tensor inside = lengths.mask(hidden.dtype(), hidden.extent(0));
    Tensor zero = Tensor.zeros(hidden.dtype(), Shape.of(1, 1, 1));
    Tensor losses =
        forward(inside.where(hidden, zero))
            .negativeLogLikelihood(inside.where(targets, zero.to(targets.dtype())));
    Tensor steps = inside.squeeze(2);
    return steps.where(losses, losses.zerosLike()).sum().div(steps.sum());
  }
}
