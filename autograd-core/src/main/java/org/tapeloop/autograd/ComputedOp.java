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
    super(
        name,
        pullback -> new Form.Opaque(),
        Saves.NOTHING,
        (saved, input) -> saved.once(ComputedOp::pullBackAll).get(input));
  }

  /**
   * Records the computation if any input needs a gradient and the tape is recording.
   *
   * @param inputs the operands, in an array that is the op's from now on
   * @param outputs the computed arrays, which nobody changes any more
   * @param shapes of the outputs
   * @return the outputs as tensors
   */
  public List<Tensor> record(
      Tensor[] inputs, List<ArrayView> outputs, Shape[] shapes, Pullback pullback) {
    checkSameType(inputs);
    Node node = Node.record(this, pullback, inputs, inputs[0].dtype(), shapes);
    List<Tensor> results = new ArrayList<>(shapes.length);
    for (int i = 0; i < shapes.length; i++) {
      ArrayView view = Tensor.inShape(outputs.get(i), shapes[i]);
      results.add(new Tensor(shapes[i], DType.of(view), view, node, i));
    }
    return results;
  }

  private static List<@Nullable Tensor> pullBackAll(Saved<Pullback> saved) {
    return saved.attributes().apply(saved.all());
  }
}
