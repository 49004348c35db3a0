package org.tapeloop.autograd;

import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Puts a function between activations and their arguments, for the time of a call: to clip, to
 * perturb or to look at what the gates of a cell are computed from, without the cell knowing.
 */
public final class Activations {
  private static final ScopedValue<UnaryOperator<Tensor>> BEFORE = ScopedValue.newInstance();

  private static final UnaryOperator<Tensor> PLAIN = UnaryOperator.identity();

  private Activations() {}

  /**
   * Runs the body with {@code tanh(f(z))} in place of {@code tanh(z)}, and so for all methods of
   * {@link Tensor} that are named after an activation: sigmoid, tanh, relu, softplus, logSigmoid,
   * leakyRelu, elu, selu, gelu, silu, softsign, hardTanh and hardSigmoid. Where scopes are nested,
   * the inner function comes first. Activations within the function are left alone, and so are
   * those that derivatives are computed with.
   *
   * @param f from an argument to a tensor of the same shape
   * @return what the body returns
   */
  public static <T> T after(UnaryOperator<Tensor> f, Supplier<T> body) {
    UnaryOperator<Tensor> outer = BEFORE.isBound() ? BEFORE.get() : PLAIN;
    UnaryOperator<Tensor> both =
        z -> ScopedValue.where(BEFORE, PLAIN).call(() -> outer.apply(f.apply(z)));
    return ScopedValue.where(BEFORE, both).call(body::get);
  }

  /** Adds to the bindings of a scope that activations in it are what they are called. */
  static ScopedValue.Carrier plain(ScopedValue.Carrier bindings) {
    return BEFORE.isBound() ? bindings.where(BEFORE, PLAIN) : bindings;
  }

  /** What an activation is to be applied to. */
  static Tensor argument(Tensor z) {
    return BEFORE.isBound() ? BEFORE.get().apply(z) : z;
  }
}
