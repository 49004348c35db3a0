package org.tapeloop.autograd;

import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;

/** An op with one output. */
final class TensorOp<A> extends Op<A> {

  /** The shape of the output, or an error that names the op. Looks at shapes only, not at data. */
  @FunctionalInterface
  interface ShapeRule<A> {
    Shape apply(A attributes, Tensor[] in);
  }

  /** Computes the output. A view op returns another view of its input's array. */
  @FunctionalInterface
  interface Forward<A> {
    ArrayView apply(Backend backend, A attributes, Tensor[] in, Shape shape);
  }

  private final ShapeRule<A> shapeRule;
  private final Forward<A> forward;

  TensorOp(
      String name,
      Form form,
      Saves saves,
      ShapeRule<A> shapeRule,
      Forward<A> forward,
      @Nullable Vjp<A> vjp) {
    super(name, form, saves, vjp);
    this.shapeRule = shapeRule;
    this.forward = forward;
  }

  /** Checks, computes and records. */
  Tensor apply(A attributes, Tensor... in) {
    checkSameType(in);
    Shape shape = shapeRule.apply(attributes, in);
    ArrayView view = forward.apply(Backends.current(), attributes, in, shape);
    DType dtype = DType.of(view);
    Node node = isDifferentiable() ? Node.record(this, attributes, in, dtype, shape) : null;
    Tensor out = new Tensor(shape, dtype, view, node, 0);
    if (node != null && saves().output()) {
      node.saveOutput(out);
    }
    Anomaly.checkForward(this, in, out);
    return out;
  }
}
