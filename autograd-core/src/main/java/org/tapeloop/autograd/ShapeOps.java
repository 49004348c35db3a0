package org.tapeloop.autograd;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Layout;

/**
 * Ops that move elements without changing them: views of the same array wherever strides can
 * express the result.
 */
final class ShapeOps {

  /** The same elements in a dense array. */
  static final TensorOp<None> CONTIGUOUS =
      new TensorOp<>(
          "contiguous",
          new Form.Identity(),
          Saves.NOTHING,
          (none, in) -> in[0].shape(),
          (backend, none, in, shape) -> {
            ArrayView out = in[0].dtype().allocate(shape);
            backend.copy(in[0].view(), out);
            return out;
          },
          (s, input) -> s.g());

  /** A view under another shape of the same size; copies where strides cannot express it. */
  static final TensorOp<Shape> RESHAPE =
      new TensorOp<>(
          "reshape",
          new Form.Reshape(),
          Saves.NOTHING,
          (wanted, in) -> wanted,
          (backend, wanted, in, shape) -> {
            ArrayView view = in[0].view();
            Layout layout = wanted.layoutOf(view.layout());
            return layout != null ? view.with(layout) : in[0].denseView().with(wanted.layout());
          },
          (s, input) -> s.g().reshape(s.inputShape(0)));

  /** Axis k of the result is axis {@code order[k]} of the operand. */
  static final TensorOp<int[]> PERMUTE =
      view(
          "permute",
          order -> new Form.Permute(Arrays.stream(order).boxed().toList()),
          (order, x) -> x.permute(order),
          (s, input) -> {
            int[] order = s.attributes();
            int[] inverse = new int[order.length];
            for (int k = 0; k < order.length; k++) {
              inverse[order[k]] = k;
            }
            return permute(s.g(), inverse);
          });

  /**
   * Every {@code step}-th element of one axis.
   *
   * @param start the first
   * @param step may be negative
   * @param length how many
   */
  record Range(int axis, int start, int step, int length) {
    Form embedded() {
      return new Form.Embed(axis, start, step, length);
    }
  }

  static final TensorOp<Range> SLICE =
      view(
          "slice",
          r -> new Form.Slice(r.axis(), r.start(), r.step(), r.length()),
          (r, x) -> x.slice(r.axis(), r.start(), r.step(), r.length()),
          (s, input) -> embed(s.g(), s.attributes(), s.inputShape(0)));

  /**
   * Where a slice lay.
   *
   * @param range the slice
   * @param whole the shape it was taken from
   */
  record Embedding(Range range, Shape whole) {}

  /** Zeros of the whole shape with the operand in place of a slice: the cotangent of a slice. */
  static final TensorOp<Embedding> EMBED =
      new TensorOp<>(
          "embed",
          e -> e.range().embedded(),
          Saves.NOTHING,
          (e, in) -> e.whole(),
          (backend, e, in, shape) -> {
            ArrayView out = in[0].dtype().allocate(shape);
            Range r = e.range();
            backend.copy(
                in[0].view(),
                out.with(out.layout().slice(r.axis(), r.start(), r.step(), r.length())));
            return out;
          },
          (s, input) -> SLICE.apply(s.attributes().range(), s.g()));

  /** One index of an axis, which is dropped. */
  static final TensorOp<Range> SELECT =
      view(
          "select",
          r -> new Form.Pick(r.axis(), r.start()),
          (r, x) -> x.select(r.axis(), r.start()),
          (s, input) ->
              embed(s.g().unsqueeze(s.attributes().axis()), s.attributes(), s.inputShape(0)));

  /** Stretches to a shape; the tape sums the cotangent back. */
  static final TensorOp<Shape> EXPAND =
      new TensorOp<>(
          "expand",
          new Form.Expand(),
          Saves.NOTHING,
          (wanted, in) -> wanted,
          (backend, wanted, in, shape) -> Broadcasting.stretch(in[0], wanted),
          (s, input) -> s.g());

  /**
   * Pieces along an axis.
   *
   * @param axis the axis
   * @param sizes extents of the pieces, which add up to the axis
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by its elements
  record Pieces(int axis, int[] sizes) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Pieces p && axis == p.axis && Arrays.equals(sizes, p.sizes);
    }

    @Override
    public int hashCode() {
      return 31 * axis + Arrays.hashCode(sizes);
    }
  }

  /** Adjacent pieces along an axis. */
  static final SplitOp<Pieces> SPLIT =
      new SplitOp<>(
          "split",
          p -> new Form.Split(p.axis(), Arrays.stream(p.sizes()).boxed().toList()),
          (p, x) -> {
            Layout[] pieces = new Layout[p.sizes().length];
            int start = 0;
            for (int i = 0; i < pieces.length; i++) {
              pieces[i] = x.slice(p.axis(), start, 1, p.sizes()[i]);
              start += p.sizes()[i];
            }
            return pieces;
          },
          (s, input) -> cat(s.attributes().axis(), cotangents(s)));

  /** All indices of an axis, which is dropped. Attribute: the axis. */
  static final SplitOp<Integer> UNSTACK =
      new SplitOp<>(
          "unstack",
          axis -> new Form.Opaque(),
          (axis, x) -> {
            Layout[] pieces = new Layout[x.extent(axis)];
            for (int i = 0; i < pieces.length; i++) {
              pieces[i] = x.select(axis, i);
            }
            return pieces;
          },
          (s, input) -> stack(s.attributes(), cotangents(s)));

  /** Operands side by side along an axis. */
  static final TensorOp<Pieces> CAT =
      new TensorOp<>(
          "cat",
          p -> new Form.Join(p.axis()),
          Saves.NOTHING,
          ShapeOps::catShape,
          (backend, p, in, shape) -> {
            ArrayView out = in[0].dtype().allocate(shape);
            int start = 0;
            for (Tensor t : in) {
              int length = t.extent(p.axis());
              backend.copy(t.view(), out.with(out.layout().slice(p.axis(), start, 1, length)));
              start += length;
            }
            return out;
          },
          (s, input) -> {
            Pieces p = s.attributes();
            int start = 0;
            for (int i = 0; i < input; i++) {
              start += p.sizes()[i];
            }
            return s.g().narrow(p.axis(), start, p.sizes()[input]);
          });

  /** Operands of one shape along a new axis. Attribute: the axis. */
  static final TensorOp<Integer> STACK =
      new TensorOp<>(
          "stack",
          new Form.Opaque(),
          Saves.NOTHING,
          ShapeOps::stackShape,
          (backend, axis, in, shape) -> {
            ArrayView out = in[0].dtype().allocate(shape);
            for (int i = 0; i < in.length; i++) {
              backend.copy(in[i].view(), out.with(out.layout().select(axis, i)));
            }
            return out;
          },
          (s, input) -> s.g().select(s.attributes(), input));

  private ShapeOps() {}

  static Tensor permute(Tensor x, int[] order) {
    return PERMUTE.apply(order, x);
  }

  static Tensor embed(Tensor piece, Range range, Shape whole) {
    return EMBED.apply(new Embedding(range, whole), piece);
  }

  static Tensor cat(int axis, List<Tensor> pieces) {
    Tensor[] in = pieces.toArray(Tensor[]::new);
    int[] sizes = new int[in.length];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = in[i].rank() > axis ? in[i].extent(axis) : 0;
    }
    return CAT.apply(new Pieces(axis, sizes), in);
  }

  static Tensor stack(int axis, List<Tensor> pieces) {
    return STACK.apply(axis, pieces.toArray(Tensor[]::new));
  }

  /** One cotangent an output, zeros where nothing depends on it. */
  private static List<Tensor> cotangents(Saved<?> s) {
    List<Tensor> all = new ArrayList<>(s.outputs());
    for (int i = 0; i < s.outputs(); i++) {
      @Nullable Tensor g = s.g(i);
      all.add(g == null ? Tensor.full(s.dtype(), s.outputShape(i), 0) : g);
    }
    return all;
  }

  private static Shape catShape(Pieces p, Tensor[] in) {
    Shape first = in[0].shape();
    int total = 0;
    for (Tensor t : in) {
      Shape shape = t.shape();
      boolean fits = shape.rank() == first.rank();
      for (int k = 0; fits && k < first.rank(); k++) {
        fits = k == p.axis() || shape.raw()[k] == first.raw()[k];
      }
      if (!fits) {
        throw new IllegalArgumentException(
            "cat: shapes %s and %s differ outside axis %d".formatted(first, shape, p.axis()));
      }
      total = Math.addExact(total, shape.raw()[p.axis()]);
    }
    return first.withExtent(p.axis(), total);
  }

  private static Shape stackShape(Integer axis, Tensor[] in) {
    Shape first = in[0].shape();
    for (Tensor t : in) {
      if (!t.shape().equals(first)) {
        throw new IllegalArgumentException(
            "stack: shapes %s and %s differ".formatted(first, t.shape()));
      }
    }
    return first.inserted(axis, in.length);
  }

  /** The layout of a view from attributes and the operand's layout. */
  @FunctionalInterface
  private interface Rearrange<A> {
    Layout apply(A attributes, Layout x);
  }

  private static <A> TensorOp<A> view(
      String name, Function<A, Form> form, Rearrange<A> rearrange, Op.Vjp<A> vjp) {
    return new TensorOp<>(
        name,
        form,
        Saves.NOTHING,
        (a, in) -> Shape.owning(rearrange.apply(a, in[0].shape().layout()).extents()),
        (backend, a, in, shape) -> {
          ArrayView view = in[0].view();
          return view.with(rearrange.apply(a, view.layout()));
        },
        vjp);
  }
}
