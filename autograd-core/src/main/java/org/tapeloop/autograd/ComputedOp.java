package org.tapeloop.autograd;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;

/**
 * An op that stands for a whole computation: somebody else has computed the outputs and knows how
 * to pull their cotangents back. A compiler records its work this way.
 */
public final class ComputedOp extends Op<ComputedOp.Pullback> {

  /** Pulls the cotangents of all outputs back to all inputs at once. */
  @FunctionalInterface
  public interface Pullback {
    /**
     * One gradient an input, null where it is 0 or the input needs none. Runs with recording on
     * where a higher order is asked for.
     *
     * @param cotangents one an output, null where nothing depends on that output
     */
    List<@Nullable Tensor> apply(List<@Nullable Tensor> cotangents);

    /** Called when the tape lets go of the computation: it will not be pulled back again. */
    default void release() {}
  }

  /** An op of this name. */
  public ComputedOp(String name) {
    super(name, pullback -> new Form.Opaque(), Saves.NOTHING, ComputedOp::pullBackOne);
  }

  /**
   * Records the computation if any input needs a gradient and the tape is recording.
   *
   * @param outputs the computed arrays, which nobody changes any more
   * @return the outputs as tensors
   */
  public List<Tensor> record(List<Tensor> inputs, List<ArrayView> outputs, Pullback pullback) {
    Tensor[] in = inputs.toArray(Tensor[]::new);
    checkSameType(in);
    Shape[] shapes = new Shape[outputs.size()];
    for (int i = 0; i < shapes.length; i++) {
      shapes[i] = Shape.owning(outputs.get(i).layout().extents());
    }
    Node node = Node.record(this, pullback, in, in[0].dtype(), shapes);
    List<Tensor> results = new ArrayList<>(shapes.length);
    for (int i = 0; i < shapes.length; i++) {
      results.add(new Tensor(shapes[i], DType.of(outputs.get(i)), outputs.get(i), node, i));
    }
    return results;
  }

  private static Tensor pullBackOne(Saved<Pullback> saved, int input) {
    @Nullable Tensor[] gradients =
        saved.once(
            () -> {
              List<@Nullable Tensor> cotangents = new ArrayList<>();
              for (int i = 0; i < saved.outputs(); i++) {
                cotangents.add(saved.g(i));
              }
              return saved.attributes().apply(cotangents).toArray(new @Nullable Tensor[0]);
            });
    Tensor gradient = gradients[input];
    return gradient == null ? Tensor.full(saved.dtype(), saved.inputShape(input), 0) : gradient;
  }
}
