package org.tapeloop.autograd;

import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Layout;
import org.tapeloop.autograd.spi.ReduceKernel;

/** Reductions along axes, and the row operations that need one. */
final class ReductionOps {

  /**
   * Which axes to reduce.
   *
   * @param reduced one flag an axis of the operand
   * @param keepDim whether a reduced axis stays with extent 1
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared; made for one call
  record Axes(boolean[] reduced, boolean keepDim) {

    /** The operand's shape with 1 for each reduced axis. */
    Shape kept(Shape x) {
      int[] e = x.extents();
      for (int axis = 0; axis < e.length; axis++) {
        if (reduced[axis]) {
          e[axis] = 1;
        }
      }
      return Shape.owning(e);
    }

    Shape result(Shape x) {
      if (keepDim) {
        return kept(x);
      }
      int rank = 0;
      for (boolean r : reduced) {
        rank += r ? 0 : 1;
      }
      int[] e = new int[rank];
      for (int axis = 0, k = 0; axis < reduced.length; axis++) {
        if (!reduced[axis]) {
          e[k++] = x.raw()[axis];
        }
      }
      return Shape.owning(e);
    }
  }

  static final TensorOp<Axes> SUM =
      reduction(
          "sum",
          ReduceKernel.SUM,
          Saves.NOTHING,
          (s, input) -> {
            Shape x = s.inputShape(0);
            return s.g().reshape(s.attributes().kept(x)).expand(x);
          });

  /** Tied extremes share the cotangent evenly. */
  static final TensorOp<Axes> MAX =
      reduction("max", ReduceKernel.MAX, Saves.BOTH, ReductionOps::extremeVjp);

  /** Tied extremes share the cotangent evenly. */
  static final TensorOp<Axes> MIN =
      reduction("min", ReduceKernel.MIN, Saves.BOTH, ReductionOps::extremeVjp);

  /** Along the last axis. */
  static final TensorOp<None> SOFTMAX =
      new TensorOp<>(
          "softmax",
          new Form.Opaque(),
          Saves.OUTPUT,
          (none, in) -> in[0].shape(),
          (backend, none, in, shape) -> {
            ArrayView out = in[0].dtype().allocate(shape);
            backend.softmax(in[0].view(), out);
            return out;
          },
          (s, input) -> {
            Tensor gy = s.g().mul(s.y());
            return gy.sub(s.y().mul(gy.sum(new int[] {-1}, true)));
          });

  /** Along the last axis. */
  static final TensorOp<None> LOG_SOFTMAX =
      new TensorOp<>(
          "logSoftmax",
          new Form.Opaque(),
          Saves.OUTPUT,
          (none, in) -> in[0].shape(),
          (backend, none, in, shape) -> {
            ArrayView out = in[0].dtype().allocate(shape);
            backend.logSoftmax(in[0].view(), out);
            return out;
          },
          (s, input) -> s.g().sub(s.y().exp().mul(s.g().sum(new int[] {-1}, true))));

  private ReductionOps() {}

  /**
   * The axes as flags.
   *
   * @throws IllegalArgumentException if an axis is out of range or named twice
   */
  static Axes axes(String operation, Shape shape, int[] axes, boolean keepDim) {
    boolean[] reduced = new boolean[shape.rank()];
    for (int axis : axes) {
      int normal = shape.axis(operation, axis);
      if (reduced[normal]) {
        throw new IllegalArgumentException(
            "%s: axis %d is named twice for shape %s".formatted(operation, axis, shape));
      }
      reduced[normal] = true;
    }
    return new Axes(reduced, keepDim);
  }

  private static Tensor extremeVjp(Saved<Axes> s, int input) {
    Shape kept = s.attributes().kept(s.x(0).shape());
    Tensor ties = s.x(0).eq(s.y().reshape(kept));
    return ties.mul(s.g().reshape(kept))
        .div(SUM.apply(new Axes(s.attributes().reduced(), true), ties));
  }

  private static TensorOp<Axes> reduction(
      String name, ReduceKernel kernel, Saves saves, Op.Vjp<Axes> vjp) {
    return new TensorOp<>(
        name,
        new Form.Reduce(kernel),
        saves,
        (axes, in) -> {
          Shape x = in[0].shape();
          if (saves == Saves.BOTH && x.size() == 0 && axes.kept(x).size() > 0) {
            throw new IllegalArgumentException(
                name + ": shape " + x + " has no elements to choose from along the reduced axes");
          }
          return axes.result(x);
        },
        (backend, axes, in, shape) -> {
          Shape kept = axes.kept(in[0].shape());
          ArrayView out = in[0].dtype().allocate(kept);
          backend.reduce(kernel, in[0].view(), out);
          return shape.rank() == kept.rank() ? out : out.with(Layout.rowMajor(shape.raw()));
        },
        vjp);
  }
}
