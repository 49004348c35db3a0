package org.tapeloop.autograd;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a vjp may read: the cotangents, the attributes, and of the forward values those that its op
 * declared.
 */
final class Saved<A> {
  private final Node node;
  private final Backward.Pending arrived;

  /** What {@link #once} made in this pass. */
  private @Nullable List<@Nullable Tensor> gradients;

  Saved(Backward.Pending arrived) {
    this.node = arrived.node;
    this.arrived = arrived;
  }

  Op<?> op() {
    return node.op();
  }

  /** The cotangent of the only output. */
  Tensor g() {
    Tensor g = arrived.cotangent(0);
    if (g == null) {
      throw new IllegalStateException(node.op() + ": no cotangent reached its output");
    }
    return g;
  }

  /** The cotangent of output i, or null where nothing depends on that output. */
  @Nullable Tensor g(int i) {
    return arrived.cotangent(i);
  }

  /** All inputs' gradients from one call, for a vjp that makes them together. */
  List<@Nullable Tensor> once(Function<Saved<A>, List<@Nullable Tensor>> all) {
    if (gradients == null) {
      gradients = all.apply(this);
    }
    return gradients;
  }

  /** Input i, which the op declared to save. */
  Tensor x(int i) {
    Tensor[] inputs = node.inputs();
    if (inputs == null) {
      throw new IllegalStateException(
          node.op() + ": its vjp reads an input but declares " + node.op().saves());
    }
    return inputs[i];
  }

  /** The output, which the op declared to save. */
  Tensor y() {
    Tensor output = node.output();
    if (output == null) {
      throw new IllegalStateException(
          node.op() + ": its vjp reads the output but declares " + node.op().saves());
    }
    return output;
  }

  /** The op's attributes. */
  @SuppressWarnings(
      "unchecked") // the node was recorded by an Op<A> with attributes of type A, and the tape
  // pairs them again
  A attributes() {
    return (A) Objects.requireNonNull(node.attributes(), "a leaf has no attributes");
  }

  /**
   * Shape of input i; known for inputs that need a gradient, which are those a vjp is asked for.
   */
  Shape inputShape(int i) {
    Node parent = node.parent(i);
    if (parent == null) {
      throw new IllegalStateException(node.op() + ": input " + i + " needs no gradient");
    }
    return parent.outputShapes[node.parentOutput(i)];
  }

  /** Element type of input i; known where its shape is. */
  DType inputType(int i) {
    Node parent = node.parent(i);
    if (parent == null) {
      throw new IllegalStateException(node.op() + ": input " + i + " needs no gradient");
    }
    return parent.dtype;
  }

  /** Shape of output i. */
  Shape outputShape(int i) {
    return node.outputShapes[i];
  }

  int outputs() {
    return node.outputShapes.length;
  }

  /** The cotangents of all outputs, for reading only. */
  List<@Nullable Tensor> all() {
    return arrived.cotangents();
  }

  DType dtype() {
    for (int i = 0; i < outputs(); i++) {
      Tensor g = g(i);
      if (g != null) {
        return g.dtype();
      }
    }
    throw new IllegalStateException(node.op() + ": no cotangent reached it");
  }
}
