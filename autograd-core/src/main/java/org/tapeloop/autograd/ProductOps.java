package org.tapeloop.autograd;

import java.util.Arrays;
import org.tapeloop.autograd.spi.ArrayView;

/** Matrix products. */
final class ProductOps {

  /**
   * a [..., M, K] times b [..., K, N] gives [..., M, N]; leading axes broadcast. Ranks are at least
   * 2.
   */
  static final TensorOp<None> MATMUL =
      new TensorOp<>(
          "matmul",
          new Form.Product(),
          Saves.INPUTS,
          (none, in) -> matmulShape(in[0].shape(), in[1].shape()),
          (backend, none, in, shape) -> {
            ArrayView out = in[0].dtype().allocate(shape);
            backend.gemm(1, batched(in[0], shape), batched(in[1], shape), 0, out);
            return out;
          },
          (s, input) ->
              input == 0
                  ? s.g().matmul(s.x(1).transpose(-2, -1))
                  : s.x(0).transpose(-2, -1).matmul(s.g()),
          (s, input) -> input == 1 && s.g().rank() == 2 ? new Factors(s.x(0), s.g()) : null);

  /** x [N, I], weight [O, I], bias [O] if given: x W^T + b, [N, O]. */
  static final TensorOp<None> AFFINE =
      new TensorOp<>(
          "affine",
          new Form.Affine(),
          Saves.INPUTS,
          (none, in) -> affineShape(in),
          (backend, none, in, shape) -> {
            ArrayView out = in[0].dtype().allocate(shape);
            ArrayView weight = in[1].view();
            double beta = 0;
            if (in.length == 3) {
              backend.copy(Broadcasting.stretch(in[2], shape), out);
              beta = 1;
            }
            backend.gemm(1, in[0].view(), weight.with(weight.layout().transpose(0, 1)), beta, out);
            return out;
          },
          (s, input) ->
              switch (input) {
                case 0 -> s.g().matmul(s.x(1));
                case 1 -> new Factors(s.g(), s.x(0)).product();
                default -> s.g();
              },
          (s, input) -> input == 1 ? new Factors(s.g(), s.x(0)) : null);

  private ProductOps() {}

  /** The operand with its batch axes stretched to those of the product. */
  private static ArrayView batched(Tensor t, Shape product) {
    int rank = product.rank();
    if (rank == 2) {
      return t.view();
    }
    int[] wanted = product.extents();
    wanted[rank - 2] = t.extent(-2);
    wanted[rank - 1] = t.extent(-1);
    return t.view().with(t.view().layout().broadcastTo(wanted));
  }

  private static Shape matmulShape(Shape a, Shape b) {
    checkInner("matmul", a, b, a.extent(-1), b.extent(-2));
    Shape batch = Shape.broadcast("matmul", leading(a), leading(b));
    int[] e = new int[batch.rank() + 2];
    System.arraycopy(batch.raw(), 0, e, 0, batch.rank());
    e[e.length - 2] = a.extent(-2);
    e[e.length - 1] = b.extent(-1);
    return Shape.owning(e);
  }

  private static Shape leading(Shape shape) {
    return shape.rank() == 2
        ? Shape.SCALAR
        : Shape.owning(Arrays.copyOf(shape.raw(), shape.rank() - 2));
  }

  static void checkInner(String operation, Shape a, Shape b, int innerA, int innerB) {
    if (innerA != innerB) {
      throw new IllegalArgumentException(
          "%s: %s x %s: inner extents %d and %d differ".formatted(operation, a, b, innerA, innerB));
    }
  }

  private static Shape affineShape(Tensor[] in) {
    Shape x = in[0].shape();
    Shape weight = in[1].shape();
    if (weight.rank() != 2) {
      throw new IllegalArgumentException(
          "affine: the weight must be [out, in] but has shape " + weight);
    }
    if (x.extent(-1) != weight.extent(1)) {
      throw new IllegalArgumentException(
          "affine: x %s, weight %s: the last extent of x is %d but the weight takes %d"
              .formatted(x, weight, x.extent(-1), weight.extent(1)));
    }
    int out = weight.extent(0);
    if (in.length == 3 && !(in[2].rank() == 1 && in[2].extent(0) == out)) {
      throw new IllegalArgumentException(
          "affine: weight %s wants a bias of shape [%d], not %s"
              .formatted(weight, out, in[2].shape()));
    }
    return Shape.of(x.extent(0), out);
  }
}
