package org.tapeloop.autograd;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One differentiable operation as one constant: its name, the shape it gives, how it is computed,
 * what its derivative needs, and the derivative itself.
 *
 * <p>The vjp (vector-Jacobian product: the cotangent of the output in, the cotangent of one input
 * out) is written in tensor operations, so it can be differentiated again and can be traced. It
 * never un-broadcasts or accumulates; the tape does.
 *
 * @param <A> the op's attributes: axes, bounds, indices; {@code None} for none
 */
public abstract sealed class Op<A> permits TensorOp, SplitOp, ComputedOp {

  /**
   * The cotangent of one input, or null where it is 0 whatever the output's is; called only for
   * inputs that need one.
   */
  @FunctionalInterface
  interface Vjp<A> {
    @Nullable Tensor apply(Saved<A> saved, int input);
  }

  private final String name;
  private final Function<A, Form> form;
  private final Saves saves;
  private final @Nullable Vjp<A> vjp;

  Op(String name, Function<A, Form> form, Saves saves, @Nullable Vjp<A> vjp) {
    this.name = name;
    this.form = form;
    this.saves = saves;
    this.vjp = vjp;
  }

  /** The name in messages, traces and plans. */
  public final String name() {
    return name;
  }

  /** What the op is made of when it has these attributes. */
  final Form form(A attributes) {
    return form.apply(attributes);
  }

  /** What its vjp reads. */
  public final Saves saves() {
    return saves;
  }

  /** Whether the op has a derivative; comparisons have none. */
  public final boolean isDifferentiable() {
    return vjp != null;
  }

  /** The cotangent of input number {@code input}, or null for 0. */
  final @Nullable Tensor pullBack(Saved<A> saved, int input) {
    if (vjp == null) {
      throw new IllegalStateException(name + ": has no derivative");
    }
    return vjp.apply(saved, input);
  }

  /**
   * The cotangent of an input as a product that is not multiplied yet, or null where it is none.
   */
  @Nullable Factors factors(Saved<A> saved, int input) {
    return null;
  }

  final void checkSameType(Tensor[] in) {
    DType dtype = in[0].dtype();
    for (int i = 1; i < in.length; i++) {
      if (in[i].dtype() != dtype) {
        throw new IllegalArgumentException(
            "%s: operand 0 is %s but operand %d is %s; convert one with to(DType)"
                .formatted(name, dtype, i, in[i].dtype()));
      }
    }
  }

  @Override
  public final String toString() {
    return name;
  }
}
