package org.tapeloop.nn.optim;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.Tensor;

/**
 * Bounds on gradients: each takes a map of gradients and gives one to step with in its place.
 *
 * <p>The p-norm of entries x is {@code (sum |x|^p)^(1/p)}, and the largest |x| for infinite p. It
 * is computed without overflow or underflow of the powers, in the gradients' own precision within a
 * tensor and in double precision across tensors.
 */
public final class Clipping {
  /**
   * Keeps a norm of 0 from dividing, as in PyTorch; a clipped norm falls short of its bound by
   * this.
   */
  private static final double GUARD = 1e-6;

  private static final double EUCLIDEAN = 2;

  /** Sums of squares between these lost nothing that counts to underflow or overflow of F32. */
  private static final double SMALL = 1e-30;

  private static final double LARGE = 1e30;

  private static final OnePass ONE_PASS = new OnePass();

  private Clipping() {}

  /**
   * Clipped gradients.
   *
   * @param gradients with a norm of at most the bound
   * @param norm before clipping; NaN or infinite where an entry was
   */
  public record Clipped(Map<Tensor, Tensor> gradients, double norm) {}

  /** Each entry moved into [-limit, limit]; NaN stays NaN. */
  public static Map<Tensor, Tensor> byValue(Map<Tensor, Tensor> gradients, double limit) {
    requirePositive("byValue", limit);
    return map(gradients, g -> g.clamp(-limit, limit));
  }

  /** Each gradient scaled down by itself where its Euclidean norm exceeds the bound. */
  public static Map<Tensor, Tensor> byNorm(Map<Tensor, Tensor> gradients, double maxNorm) {
    requirePositive("byNorm", maxNorm);
    return map(gradients, g -> scaled(g, maxNorm, norm(g, EUCLIDEAN)));
  }

  /** As {@link #byGlobalNorm(Map, double, double)} with the Euclidean norm. */
  public static Clipped byGlobalNorm(Map<Tensor, Tensor> gradients, double maxNorm) {
    return byGlobalNorm(gradients, maxNorm, EUCLIDEAN);
  }

  /**
   * All gradients scaled by the same factor {@code min(1, maxNorm / (norm + 1e-6))}, where the norm
   * is that of all entries together.
   *
   * <p>Source: Pascanu, Mikolov and Bengio 2013; the guard is PyTorch's.
   *
   * @param p of the norm, at least 1; may be infinite
   */
  public static Clipped byGlobalNorm(Map<Tensor, Tensor> gradients, double maxNorm, double p) {
    requirePositive("byGlobalNorm", maxNorm);
    double norm = globalNorm(gradients, p);
    return new Clipped(map(gradients, g -> scaled(g, maxNorm, norm)), norm);
  }

  /**
   * What {@link #byGlobalNorm} multiplies gradients of this norm with, for {@link
   * Optimizer#step(Map, double)}, which saves writing them once more.
   *
   * @param norm of all gradients together
   */
  public static double factor(double norm, double maxNorm) {
    requirePositive("factor", maxNorm);
    double factor = maxNorm / (norm + GUARD);
    // Written so that a norm of NaN is not taken for a small one.
    return factor >= 1 ? 1 : factor;
  }

  /**
   * The p-norm of all entries of all gradients together.
   *
   * @param p at least 1; may be infinite
   */
  public static double globalNorm(Map<Tensor, Tensor> gradients, double p) {
    if (!(p >= 1)) {
      throw new IllegalArgumentException("globalNorm: p must be at least 1, not " + p);
    }
    return Autograd.noGrad(
        () ->
            combined(
                gradients.values().stream().mapToDouble(g -> norm(g.detach(), p)).toArray(), p));
  }

  private static Tensor scaled(Tensor g, double maxNorm, double norm) {
    double factor = factor(norm, maxNorm);
    return factor == 1 ? g : g.mul(factor);
  }

  private static double norm(Tensor g, double p) {
    if (g.size() == 0) {
      return 0;
    }
    if (p == EUCLIDEAN) {
      double squares =
          (OnePass.pays(g.shape()) ? ONE_PASS.sum(Tensor::square, g) : g.square().sum()).item();
      // Far from the ends of the range, which is nearly always, one pass is enough.
      if (squares > SMALL && squares < LARGE) {
        return Math.sqrt(squares);
      }
    }
    double largest = g.abs().max().item();
    if (p == Double.POSITIVE_INFINITY || largest == 0 || !Double.isFinite(largest)) {
      return largest;
    }
    Tensor unit = g.abs().div(largest);
    return largest * unit.reshape(-1).norm(p, new int[] {0}, false).item();
  }

  /** The norm of norms. */
  private static double combined(double[] norms, double p) {
    double largest = 0;
    for (double norm : norms) {
      largest = Math.max(largest, norm);
    }
    if (p == Double.POSITIVE_INFINITY || largest == 0 || !Double.isFinite(largest)) {
      return largest;
    }
    double sum = 0;
    for (double norm : norms) {
      sum += Math.pow(norm / largest, p);
    }
    return largest * Math.pow(sum, 1 / p);
  }

  private static Map<Tensor, Tensor> map(
      Map<Tensor, Tensor> gradients, UnaryOperator<Tensor> function) {
    return Autograd.noGrad(
        () -> {
          Map<Tensor, Tensor> mapped = new LinkedHashMap<>();
          gradients.forEach((of, gradient) -> mapped.put(of, function.apply(gradient.detach())));
          return mapped;
        });
  }

  private static void requirePositive(String operation, double bound) {
    if (!(bound > 0)) {
      throw new IllegalArgumentException(operation + ": the bound must be above 0, not " + bound);
    }
  }
}
