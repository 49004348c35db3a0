package org.tapeloop.autograd.scan;

import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.CustomOp;
import org.tapeloop.autograd.Saves;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.scan.RecurrenceLoops.Rows;
import org.tapeloop.autograd.spi.ArrayView;

/**
 * Linear recurrences over whole sequences at once: {@code h_t = a_t * h_(t-1) + b_t}, element by
 * element, in one pass over memory in place of one operation a step.
 *
 * <p>Results are those of the steps one after the other, bit for bit; only sequences of at least
 * {@value RecurrenceLoops#LONG} steps and at most {@value RecurrenceLoops#NARROW} real numbers a
 * step are cut into chunks that run side by side, and equal the sequential ones up to rounding. How
 * it is computed depends on the shape alone, so that bits do not depend on the number of threads.
 * Differentiable in all operands, in any order.
 *
 * <p>Source: Blelloch 1990, "Prefix sums and their applications"; for recurrent networks Martin and
 * Cundy 2018, arXiv 1709.04057.
 */
public final class AssociativeScan {
  /** Stands for the logarithm of 0. */
  private static final double SMALLEST = -1e30;

  private static final AssociativeScan REAL = new AssociativeScan(false);
  private static final AssociativeScan COMPLEX = new AssociativeScan(true);

  private final boolean complex;
  private final CustomOp forward;
  private final CustomOp backward;
  private final CustomOp pairs;

  private AssociativeScan(boolean complex) {
    this.complex = complex;
    forward =
        CustomOp.of("associative scan", this::steps, this::pullBackSteps)
            .shapedBy(AssociativeScan::shape)
            .saving(Saves.BOTH);
    backward =
        CustomOp.of("associative scan backward", this::cotangents, this::pullBackCotangents)
            .shapedBy(in -> in[0])
            .saving(Saves.BOTH);
    pairs =
        CustomOp.of("associative scan factors", this::paired, this::pullBackPaired)
            .shapedBy(in -> in[0])
            .saving(Saves.INPUTS);
  }

  /**
   * All h_t of a recurrence of real numbers.
   *
   * @param a factors [T, ...], T at least 1
   * @param b terms [T, ...]
   * @param initial h before the first step, [...]
   * @return h [T, ...]
   * @throws IllegalArgumentException if the shapes do not fit together
   */
  public static Tensor of(Tensor a, Tensor b, Tensor initial) {
    return REAL.forward.apply(a, b, initial);
  }

  /**
   * All h_t of a recurrence of positive numbers whose factors and terms are given by their
   * logarithms: {@code h_t = exp(logA_t) * h_(t-1) + exp(logB_t)}. Nothing but h itself has to lie
   * in the range of the element type.
   *
   * @param logA logarithms of factors [T, ...], T at least 1; negative infinity for 0
   * @param logB logarithms of terms [T, ...]
   * @param initial h before the first step, [...], at least 0
   * @return h [T, ...]
   * @throws IllegalArgumentException if the shapes do not fit together
   */
  public static Tensor ofLogarithms(Tensor logA, Tensor logB, Tensor initial) {
    shape(logA.shape(), logB.shape(), initial.shape());
    // h is exp(scale_t) times a recurrence of numbers near 1; which scale does not matter to it.
    Tensor scale = scale(logA.detach(), logB.detach());
    Tensor before =
        joined(
            scale.narrow(0, 0, scale.extent(0) - 1),
            initial.detach().zerosLike().unsqueeze(0),
            true);
    Tensor factors = logA.add(before.sub(scale)).exp();
    return of(factors, logB.sub(scale).exp(), initial).mul(scale.exp());
  }

  /** {@code m_t = max(logA_t + m_(t-1), logB_t)} from 0, finite where both are not. */
  private static Tensor scale(Tensor logA, Tensor logB) {
    ArrayView a = logA.contiguous().elements();
    ArrayView b = logB.contiguous().elements();
    ArrayView scale = a.allocate(logA.shape().extents());
    int size = logA.shape().size();
    int columns = size / logA.extent(0);
    for (int i = 0; i < size; i++) {
      double before = i < columns ? 0 : scale.get(i - columns);
      double faded = a.get(a.layout().offset() + i) + before;
      scale.set(i, Math.max(SMALLEST, Math.max(faded, b.get(b.layout().offset() + i))));
    }
    return Tensor.over(scale);
  }

  /**
   * All h_t of a recurrence of complex numbers. The last axis of each tensor holds real parts in
   * its first half and imaginary parts in its second.
   *
   * @param a factors [T, ..., 2N]
   * @param b terms [T, ..., 2N]
   * @param initial h before the first step, [..., 2N]
   * @return h [T, ..., 2N]
   * @throws IllegalArgumentException if the shapes do not fit together, or the last extent is odd
   */
  public static Tensor ofComplex(Tensor a, Tensor b, Tensor initial) {
    if (a.rank() < 2 || a.extent(-1) % 2 != 0) {
      throw new IllegalArgumentException(
          "associative scan: the last axis of %s does not hold real and imaginary parts"
              .formatted(a.shape()));
    }
    return COMPLEX.forward.apply(a, b, initial);
  }

  private static Shape shape(Shape... in) {
    Shape a = in[0];
    boolean fits = a.rank() > 0 && a.extent(0) > 0 && in[1].equals(a);
    if (!fits || !Shape.of(Arrays.copyOfRange(a.extents(), 1, a.rank())).equals(in[2])) {
      throw new IllegalArgumentException(
          "associative scan: factors %s, terms %s and initial state %s do not fit"
              .formatted(a, in[1], in[2]));
    }
    return a;
  }

  // ---- derivative ----

  /**
   * With l_t the cotangent of h_t, whatever comes after included: {@code l_t = g_t + conj(a_(t+1))
   * l_(t+1)}, a recurrence in the other direction. Then b_t has l_t, a_t has {@code l_t
   * conj(h_(t-1))}.
   */
  private List<@Nullable Tensor> pullBackSteps(CustomOp.Context saved) {
    Tensor a = saved.x(0);
    Tensor l = backward.apply(a, saved.g());
    Tensor first = times(l.select(0, 0), conjugate(a.select(0, 0)));
    return List.of(pairs.apply(l, saved.y(), saved.x(2)), l, first);
  }

  /** The cotangents of cotangents run forward again: {@code k_t = m_t + a_t k_(t-1)}. */
  private List<@Nullable Tensor> pullBackCotangents(CustomOp.Context saved) {
    Tensor a = saved.x(0);
    Tensor none = a.select(0, 0).zerosLike();
    Tensor k = forward.apply(a, saved.g(), none);
    return List.of(pairs.apply(saved.y(), k, none), k);
  }

  private List<@Nullable Tensor> pullBackPaired(CustomOp.Context saved) {
    Tensor l = saved.x(0);
    Tensor h = saved.x(1);
    Tensor initial = saved.x(2);
    int most = l.extent(0) - 1;
    Tensor before = joined(h.narrow(0, 0, most), initial.unsqueeze(0), true);
    Tensor ofBefore = times(conjugate(saved.g()), l);
    Tensor none = initial.zerosLike().unsqueeze(0);
    return List.of(
        times(saved.g(), before),
        joined(ofBefore.narrow(0, 1, most), none, false),
        ofBefore.select(0, 0));
  }

  private static Tensor joined(Tensor most, Tensor one, boolean oneFirst) {
    return Tensor.cat(oneFirst ? List.of(one, most) : List.of(most, one), 0);
  }

  private Tensor conjugate(Tensor z) {
    if (!complex) {
      return z;
    }
    List<Tensor> parts = z.chunk(2);
    return Tensor.cat(List.of(parts.get(0), parts.get(1).neg()), -1);
  }

  private Tensor times(Tensor x, Tensor y) {
    if (!complex) {
      return x.mul(y);
    }
    List<Tensor> u = x.chunk(2);
    List<Tensor> v = y.chunk(2);
    return Tensor.cat(
        List.of(
            u.get(0).mul(v.get(0)).sub(u.get(1).mul(v.get(1))),
            u.get(0).mul(v.get(1)).add(u.get(1).mul(v.get(0)))),
        -1);
  }

  // ---- computation ----

  private Tensor steps(Tensor... in) {
    int size = in[2].size();
    return computed(
        in[0],
        size,
        (loops, h) -> loops.forward(factors(in[0], size), rows(in[1], size), rows(in[2], size), h));
  }

  private Tensor cotangents(Tensor... in) {
    int size = in[0].size() / in[0].extent(0);
    return computed(
        in[1], size, (loops, l) -> loops.backward(factors(in[0], size), rows(in[1], size), l));
  }

  private Tensor paired(Tensor... in) {
    int size = in[2].size();
    return computed(
        in[0],
        size,
        (loops, p) -> loops.pairs(rows(in[1], size), rows(in[2], size), rows(in[0], size), p));
  }

  /** Factors that are the same at all steps, as those of an LRU, are not written out for each. */
  private static Rows factors(Tensor a, int size) {
    return rows(a.elements().layout().stride(0) == 0 ? a.select(0, 0) : a, size);
  }

  private static Rows rows(Tensor x, int size) {
    return Rows.of(x.contiguous().elements(), size);
  }

  private Tensor computed(Tensor like, int size, BiConsumer<RecurrenceLoops, Rows> loop) {
    ArrayView out = like.elements().allocate(like.shape().extents());
    int half = complex ? like.extent(-1) / 2 : 0;
    loop.accept(
        new RecurrenceLoops(like.extent(0), size, half, Backends.current()), Rows.of(out, size));
    return Tensor.over(out);
  }
}
