package org.tapeloop.autograd;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.Layout;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.UnaryKernel;

/** Reductions along axes, and the row operations that need one. */
final class ReductionOps {

  /**
   * Which axes to reduce.
   *
   * @param reduced one flag an axis of the operand
   * @param keepDim whether a reduced axis stays with extent 1
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by its elements
  record Axes(boolean[] reduced, boolean keepDim) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Axes a && keepDim == a.keepDim && Arrays.equals(reduced, a.reduced);
    }

    @Override
    public int hashCode() {
      return 2 * Arrays.hashCode(reduced) + (keepDim ? 1 : 0);
    }

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

    /** Refuses to look for an extreme among nothing. */
    void requireElements(String operation, Shape x) {
      if (x.size() == 0 && kept(x).size() > 0) {
        throw new IllegalArgumentException(
            operation + ": shape " + x + " has no elements to choose from along the reduced axes");
      }
    }

    List<Integer> list() {
      return IntStream.range(0, reduced.length).filter(axis -> reduced[axis]).boxed().toList();
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

  /** Each factor gets the cotangent times the product of the others, never divided out. */
  static final TensorOp<Axes> PROD =
      reduction(
          "prod",
          ReduceKernel.PRODUCT,
          Saves.INPUTS,
          (s, input) -> {
            Shape kept = s.attributes().kept(s.x(0).shape());
            return s.g().reshape(kept).mul(productOfOthers(s.x(0), s.attributes().reduced()));
          });

  /** {@code ln sum e^x}. */
  static final TensorOp<Axes> LOG_SUM_EXP =
      new TensorOp<>(
          "logSumExp",
          axes -> new Form.LogSumExp(axes.list(), axes.keepDim()),
          Saves.BOTH,
          (axes, in) -> axes.result(in[0].shape()),
          (backend, axes, in, shape) -> {
            ArrayView x = in[0].view();
            Shape kept = axes.kept(in[0].shape());
            ArrayView shift = in[0].dtype().allocate(kept);
            ArrayView out = in[0].dtype().allocate(kept);
            ArrayView shifted = in[0].dtype().allocate(in[0].shape());
            backend.reduce(ReduceKernel.MAX, x, shift);
            makeFinite(shift);
            backend.binary(
                BinaryKernel.SUB,
                x,
                shift.with(shift.layout().broadcastTo(in[0].shape().raw())),
                shifted);
            backend.unary(UnaryKernel.EXP, shifted, shifted);
            backend.reduce(ReduceKernel.SUM, shifted, out);
            backend.unary(UnaryKernel.LOG, out, out);
            backend.binary(BinaryKernel.ADD, out, shift, out);
            return out.with(Layout.rowMajor(shape.raw()));
          },
          (s, input) -> {
            Shape kept = s.attributes().kept(s.x(0).shape());
            Tensor y = s.y().reshape(kept);
            Tensor finite = y.abs().eq(Double.POSITIVE_INFINITY).where(y.zerosLike(), y);
            return s.g().reshape(kept).mul(s.x(0).sub(finite).exp());
          });

  /** Running sums along an axis. Attribute: the axis. */
  static final TensorOp<Integer> CUMSUM =
      new TensorOp<>(
          "cumsum",
          new Form.Opaque(),
          Saves.NOTHING,
          (axis, in) -> in[0].shape(),
          (backend, axis, in, shape) -> {
            ArrayView out = in[0].dtype().allocate(shape);
            backend.cumulativeSum(in[0].view(), axis, out);
            return out;
          },
          (s, input) -> {
            int axis = s.attributes();
            return s.g().flip(axis).cumsum(axis).flip(axis);
          });

  /** Along the last axis. */
  static final TensorOp<None> SOFTMAX =
      new TensorOp<>(
          "softmax",
          new Form.Softmax(false),
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
          new Form.Softmax(true),
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

  /** An infinite largest element shifts by 0: infinity less infinity would be NaN. */
  private static void makeFinite(ArrayView dense) {
    for (int i = 0; i < dense.layout().size(); i++) {
      if (Double.isInfinite(dense.get(i))) {
        dense.set(i, 0);
      }
    }
  }

  /** For each element the product of the others along the reduced axes. */
  private static Tensor productOfOthers(Tensor x, boolean[] reduced) {
    int rank = x.rank();
    int[] order = new int[rank];
    int[] back = new int[rank];
    int next = 0;
    for (boolean last : new boolean[] {false, true}) {
      for (int axis = 0; axis < rank; axis++) {
        if (reduced[axis] == last) {
          back[axis] = next;
          order[next++] = axis;
        }
      }
    }
    int factors = 1;
    for (int axis = 0; axis < rank; axis++) {
      factors *= reduced[axis] ? x.extent(axis) : 1;
    }
    if (x.size() == 0) {
      return x.onesLike();
    }
    Tensor ordered = ShapeOps.permute(x, order);
    Tensor others = othersAlongLast(ordered.reshape(x.size() / factors, factors));
    return ShapeOps.permute(others.reshape(ordered.shape()), back);
  }

  /**
   * Multiplies the halves of each row by element, finds the product of the other pairs, and gives
   * each half that times its partners: about 3 n products, none divided by a zero.
   */
  private static Tensor othersAlongLast(Tensor rows) {
    int n = rows.extent(-1);
    if (n == 1) {
      return rows.onesLike();
    }
    if (n % 2 == 1) {
      Tensor one = Tensor.ones(rows.dtype(), Shape.of(rows.extent(0), 1));
      return othersAlongLast(Tensor.cat(List.of(rows, one), -1)).narrow(-1, 0, n);
    }
    Tensor left = rows.narrow(-1, 0, n / 2);
    Tensor right = rows.narrow(-1, n / 2, n / 2);
    Tensor otherPairs = othersAlongLast(left.mul(right));
    return Tensor.cat(List.of(otherPairs.mul(right), otherPairs.mul(left)), -1);
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
        axes -> new Form.Reduce(kernel, axes.list(), axes.keepDim()),
        saves,
        (axes, in) -> {
          Shape x = in[0].shape();
          if (kernel == ReduceKernel.MAX || kernel == ReduceKernel.MIN) {
            axes.requireElements(name, x);
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
