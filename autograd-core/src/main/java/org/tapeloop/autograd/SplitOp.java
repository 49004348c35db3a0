package org.tapeloop.autograd;

import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.tapeloop.autograd.spi.Layout;

/**
 * An op whose outputs are several views of its one input: one node on the tape with several
 * outputs.
 */
final class SplitOp<A> extends Op<A> {
  private final BiFunction<A, Layout, Layout[]> pieces;

  /**
   * @param pieces the layouts of the outputs; the input's shape has been checked by the caller,
   *     which knows what the user asked for
   */
  SplitOp(String name, Function<A, Form> form, BiFunction<A, Layout, Layout[]> pieces, Vjp<A> vjp) {
    super(name, form, Saves.NOTHING, vjp);
    this.pieces = pieces;
  }

  List<Tensor> apply(A attributes, Tensor in) {
    Trace trace = in.trace();
    var followed = RecordedTrace.following(trace);
    if (followed != null) {
      return followed.repeat(this, attributes, in);
    }
    Layout whole = trace == null ? in.view().layout() : in.shape().layout();
    Layout[] layouts = pieces.apply(attributes, whole);
    Shape[] shapes = new Shape[layouts.length];
    for (int i = 0; i < shapes.length; i++) {
      shapes[i] =
          i > 0 && layouts[i].sameExtents(layouts[i - 1])
              ? shapes[i - 1]
              : Shape.owning(layouts[i].extents());
    }
    if (trace != null) {
      return trace.record(this, attributes, new Tensor[] {in}, in.dtype(), shapes);
    }
    Node node = Node.record(this, attributes, new Tensor[] {in}, in.dtype(), shapes);
    Tensor[] out = new Tensor[shapes.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = new Tensor(shapes[i], in.dtype(), in.view().with(layouts[i]), node, i);
    }
    return List.of(out);
  }
}
