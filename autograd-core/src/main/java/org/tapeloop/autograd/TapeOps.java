package org.tapeloop.autograd;

import java.util.function.UnaryOperator;
import org.tapeloop.autograd.spi.ArrayView;

/** Ops that concern the tape and the element type, not the numbers. */
final class TapeOps {

  /**
   * The identity, whose cotangent passes through the hook; opaque, since a hook may do anything.
   */
  static final TensorOp<UnaryOperator<Tensor>> HOOK =
      new TensorOp<>(
          "hook",
          new Form.Opaque(),
          Saves.NOTHING,
          (hook, in) -> in[0].shape(),
          (backend, hook, in, shape) -> in[0].view(),
          (s, input) -> {
            Tensor replaced = s.attributes().apply(s.g());
            if (!replaced.shape().equals(s.g().shape())) {
              throw new IllegalStateException(
                  "hook: got a gradient of shape %s and returned one of shape %s"
                      .formatted(s.g().shape(), replaced.shape()));
            }
            return replaced;
          });

  /** The elements as they are, and no way back: so that a trace shows where gradients end. */
  static final TensorOp<None> DETACH =
      new TensorOp<>(
          "detach",
          new Form.Identity(),
          Saves.NOTHING,
          (none, in) -> in[0].shape(),
          (backend, none, in, shape) -> in[0].view(),
          null);

  /** The elements in another type. Attribute: the type. */
  static final TensorOp<DType> CONVERT =
      new TensorOp<>(
          "to",
          wanted -> new Form.Opaque(),
          Saves.NOTHING,
          (wanted, in) -> in[0].shape(),
          (wanted, dtype) -> wanted,
          (backend, wanted, in, shape) -> {
            ArrayView from = in[0].denseView();
            ArrayView out = wanted.allocate(shape);
            int first = from.layout().offset();
            for (int i = 0; i < shape.size(); i++) {
              out.set(i, from.get(first + i));
            }
            return out;
          },
          (s, input) -> s.g().to(s.inputType(0)));

  private TapeOps() {}
}
