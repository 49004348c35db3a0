package org.tapeloop.autograd;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * One recorded operation, or a leaf. Ids grow in order of recording, so an operation's inputs
 * always have smaller ids than itself: visiting nodes by falling id is a valid backward order.
 */
final class Node {
  private static final AtomicReferenceFieldUpdater<Node, Backward.Pending> VISIT =
      AtomicReferenceFieldUpdater.newUpdater(Node.class, Backward.Pending.class, "visit");
  private static final AtomicLong IDS = new AtomicLong();
  private static final Node[] NO_NODES = {};

  final long id = IDS.incrementAndGet();
  final Shape[] outputShapes;
  final DType dtype;
  private final @Nullable Op<?> op;
  private @Nullable Object attributes;
  private @Nullable Node[] parents;
  private int @Nullable [] parentOutputs;
  private Tensor @Nullable [] inputs;
  private @Nullable Tensor output;
  private boolean freed;

  /** The backward pass at work here, if any. */
  private volatile Backward.@Nullable Pending visit;

  private Node(
      @Nullable Op<?> op,
      @Nullable Object attributes,
      @Nullable Node[] parents,
      DType dtype,
      Shape[] shapes) {
    this.op = op;
    this.attributes = attributes;
    this.parents = parents;
    this.dtype = dtype;
    this.outputShapes = shapes;
  }

  /** The node of a tensor that gradients are asked for and nothing recorded has made. */
  static Node leaf(DType dtype, Shape shape) {
    return new Node(null, null, NO_NODES, dtype, new Shape[] {shape});
  }

  /** Whether an operation on these is to be recorded. */
  static boolean isNeeded(Tensor[] in) {
    for (Tensor t : in) {
      if (t.node() != null) {
        return Autograd.isRecording();
      }
    }
    return false;
  }

  /**
   * A node for the operation if any input needs a gradient and the tape is recording, else null.
   */
  static @Nullable Node record(
      Op<?> op, @Nullable Object attributes, Tensor[] in, DType dtype, Shape... shapes) {
    if (!isNeeded(in)) {
      return null;
    }
    boolean plain = true;
    @Nullable Node[] parents = new @Nullable Node[in.length];
    for (int i = 0; i < in.length; i++) {
      parents[i] = in[i].node();
      plain &= in[i].output() == 0;
    }
    Node node = new Node(op, attributes, parents, dtype, shapes);
    if (!plain) {
      node.parentOutputs = new int[in.length];
      for (int i = 0; i < in.length; i++) {
        node.parentOutputs[i] = in[i].output();
      }
    }
    if (op.saves().inputs()) {
      node.inputs = in;
    }
    return node;
  }

  void saveOutput(Tensor out) {
    output = out;
  }

  boolean isLeaf() {
    return op == null;
  }

  Op<?> op() {
    if (op == null) {
      throw new IllegalStateException("a leaf was made by no op");
    }
    return op;
  }

  int inputCount() {
    return parents.length;
  }

  /** The node that made input i, or null if that input needs no gradient. */
  @Nullable Node parent(int i) {
    return parents[i];
  }

  /** Which output of its node input i is. */
  int parentOutput(int i) {
    return parentOutputs == null ? 0 : parentOutputs[i];
  }

  @Nullable Object attributes() {
    return attributes;
  }

  Tensor @Nullable [] inputs() {
    return inputs;
  }

  @Nullable Tensor output() {
    return output;
  }

  boolean isFreed() {
    return freed;
  }

  /** From the id: an identity hash costs more than the rest of a look-up. */
  @Override
  public int hashCode() {
    return Long.hashCode(id);
  }

  Backward.@Nullable Pending visit() {
    return visit;
  }

  /** Takes the node for a pass, unless another has it. */
  boolean enter(Backward.Pending pending) {
    return VISIT.compareAndSet(this, null, pending);
  }

  /** Gives the node back if the pass had it. */
  void leave(Backward.Pending pending) {
    VISIT.compareAndSet(this, pending, null);
  }

  /** Lets go of everything the vjp needed. A leaf has nothing to let go of. */
  void free() {
    if (op != null) {
      freed = true;
      if (attributes instanceof ComputedOp.Pullback pullback) {
        pullback.release();
      }
      attributes = null;
      parents = NO_NODES;
      inputs = null;
      output = null;
    }
  }
}
