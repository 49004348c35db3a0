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

  /** The same for complex numbers: a of [H], the others as in {@link #real}. */
  static Complex complex(Complex a, Complex b, Complex initial, @Nullable Tensor running) {
    Tensor re = a.re().expand(b.re().shape());
    Tensor im = a.im().expand(b.im().shape());
    Tensor factors = joined(re, im);
    Tensor terms = joined(b.re(), b.im());
    if (running != null) {
      Tensor one = joined(b.re().onesLike(), b.im().zerosLike());
      factors = running.where(factors, one);
      terms = running.where(terms, terms.zerosLike());
    }
    List<Tensor> parts =
        AssociativeScan.ofComplex(factors, terms, joined(initial.re(), initial.im())).chunk(2);
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
