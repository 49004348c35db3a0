package org.tapeloop.autograd;

import static org.tapeloop.autograd.None.NONE;

import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.Standardisation;

/**
 * The core of layer normalisation: rows along the last axis with mean 0 and variance 1. Composed
 * from means and squares its derivative would take dozens of passes; here it is one formula.
 */
final class StandardisationOps {

  /** {@code y = (x - mean) / sqrt(var + eps)}. Attribute: eps. */
  static final TensorOp<Double> STANDARDISE =
      new TensorOp<>(
          "standardise",
          Form.Standardise::new,
          Saves.BOTH,
          (epsilon, in) -> in[0].shape(),
          (backend, epsilon, in, shape) -> {
            ArrayView x = in[0].view();
            ArrayView out = in[0].dtype().allocate(shape);
            Standardisation.standardise(backend, x, scale(backend, epsilon, in[0]), out);
            return out;
          },
          (s, input) -> gradient(s.g(), s.y(), inverseDeviation(s.attributes(), s.x(0))));

  /** {@code r = 1 / sqrt(var + eps)}, the last axis with extent 1: dr/dx = -r^2 y / n. */
  static final TensorOp<Double> INVERSE_DEVIATION =
      new TensorOp<>(
          "inverseDeviation",
          Form.InverseDeviation::new,
          Saves.BOTH,
          (epsilon, in) -> column(in[0].shape()),
          (backend, epsilon, in, shape) -> scale(backend, epsilon, in[0]),
          (s, input) -> {
            Tensor y = standardise(s.attributes(), s.x(0));
            return y.mul(s.g().mul(s.y().square()).mul(-1.0 / y.extent(-1)));
          });

  /**
   * The cotangent of x from g, that of y: {@code (g - mean(g) - y mean(g y)) r}. Symmetric in g and
   * the cotangent of the result.
   */
  static final TensorOp<None> STANDARDISE_GRADIENT =
      new TensorOp<>(
          "standardiseGradient",
          new Form.StandardiseGradient(),
          Saves.BOTH,
          (none, in) -> in[0].shape(),
          (backend, none, in, shape) -> {
            ArrayView out = in[0].dtype().allocate(shape);
            Standardisation.gradient(backend, in[0].view(), in[1].view(), in[2].view(), out);
            return out;
          },
          (s, input) -> {
            Tensor h = s.g();
            Tensor g = s.x(0);
            Tensor y = s.x(1);
            Tensor r = s.x(2);
            return switch (input) {
              case 0 -> gradient(h, y, r);
              case 1 -> h.mul(mean(g.mul(y))).add(g.mul(mean(h.mul(y)))).mul(r.neg());
              default -> h.mul(s.y()).sum(new int[] {-1}, true).div(r);
            };
          });

  private StandardisationOps() {}

  static Tensor standardise(double epsilon, Tensor x) {
    return STANDARDISE.apply(epsilon, x);
  }

  private static Tensor inverseDeviation(double epsilon, Tensor x) {
    return INVERSE_DEVIATION.apply(epsilon, x);
  }

  private static Tensor gradient(Tensor g, Tensor y, Tensor scale) {
    return STANDARDISE_GRADIENT.apply(NONE, g, y, scale);
  }

  private static ArrayView scale(Backend backend, double epsilon, Tensor x) {
    ArrayView out = x.dtype().allocate(column(x.shape()));
    Standardisation.inverseDeviation(backend, x.view(), epsilon, out);
    return out;
  }

  private static Tensor mean(Tensor x) {
    return x.mean(new int[] {-1}, true);
  }

  private static Shape column(Shape x) {
    int[] extents = x.extents();
    extents[extents.length - 1] = 1;
    return Shape.owning(extents);
  }
}
