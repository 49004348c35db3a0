package org.tapeloop.nn.cell;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.scan.AssociativeScan;

/** Linear recurrences over whole sequences whose state stays where a sequence has ended. */
final class LinearSteps {
  private LinearSteps() {}

  /**
   * {@code h_t = a_t * h_(t-1) + b_t}.
   *
   * @param a [T, B, H] or what stretches to it
   * @param b [T, B, H]
   * @param running [T, B, 1], or null
   */
  static Tensor real(Tensor a, Tensor b, Tensor initial, @Nullable Tensor running) {
    Tensor factors = a.expand(b.shape());
    return running == null
        ? AssociativeScan.of(factors, b, initial)
        : AssociativeScan.of(
            running.where(factors, b.onesLike()), running.where(b, b.zerosLike()), initial);
  }

  /** As {@link #real}, a and b given by their logarithms. */
  static Tensor logarithmic(Tensor logA, Tensor logB, Tensor initial, @Nullable Tensor running) {
    if (running == null) {
      return AssociativeScan.ofLogarithms(logA, logB, initial);
    }
    Tensor nothing = Tensor.full(logB.dtype(), logB.shape(), Double.NEGATIVE_INFINITY);
    return AssociativeScan.ofLogarithms(
        running.where(logA, logA.zerosLike()), running.where(logB, nothing), initial);
  }

  /**
   * The same for complex numbers, with terms {@code W x}: one product for both parts.
   *
   * @param a [H]
   * @param x [T, B, I]
   * @param weight W as real and imaginary parts [2, H, I]
   * @return real and imaginary parts side by side, [T, B, 2H]
   */
  static Tensor complex(
      Complex a, Tensor x, Tensor weight, Complex initial, @Nullable Tensor running) {
    Tensor terms = x.affine(weight.reshape(2 * weight.extent(1), weight.extent(2)), null);
    Tensor factors = joined(a.re(), a.im()).expand(terms.shape());
    if (running != null) {
      Tensor one = joined(a.re().onesLike(), a.im().zerosLike()).expand(terms.shape());
      factors = running.where(factors, one);
      terms = running.where(terms, terms.zerosLike());
    }
    return AssociativeScan.ofComplex(factors, terms, joined(initial.re(), initial.im()));
  }

  /** Complex weights [2, H, I] times a gain [H]: they are fewer than what all steps put in. */
  static Tensor gained(Tensor weight, Complex gain) {
    List<Tensor> parts = weight.unstack(0);
    Complex product =
        new Complex(parts.get(0), parts.get(1))
            .times(gain.re().unsqueeze(1), gain.im().unsqueeze(1));
    return Tensor.stack(List.of(product.re(), product.im()), 0);
  }

  /** {@code Re(W h)} for h [T, B, 2H] and W as parts [2, O, H]: one product. */
  static Tensor realProduct(Tensor h, Tensor weight) {
    return h.affine(joined(weight.select(0, 0), weight.select(0, 1).neg()), null);
  }

  /** As {@link #last}, of h [T, B, 2H]. */
  static Complex lastComplex(Tensor h) {
    List<Tensor> parts = last(h).chunk(2);
    return new Complex(parts.get(0), parts.get(1));
  }

  /** The last step's part, where the state of each sequence has stayed. */
  static Tensor last(Tensor h) {
    return h.select(0, -1);
  }

  private static Tensor joined(Tensor re, Tensor im) {
    return Tensor.cat(List.of(re, im), -1);
  }
}
