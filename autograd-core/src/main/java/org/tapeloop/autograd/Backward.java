package org.tapeloop.autograd;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.BinaryKernel;

/**
 * One backward pass: pops the reached node with the largest id, pulls its cotangents back to its
 * inputs, and adds them up there. No recursion, so the depth of the graph does not matter.
 */
final class Backward {
  /** Nodes that wait at a time in a small graph; the queue grows. */
  private static final int FEW = 4;

  private final GraphMode mode;

  /** Whether products may be summed unrecorded, and by others than the op that asked for them. */
  private final boolean sumsProducts;

  private final PriorityQueue<Pending> queue =
      new PriorityQueue<>(FEW, (a, b) -> Long.compare(b.node.id, a.node.id));

  /** What has arrived at nodes where another pass is at work at the same time. */
  private @Nullable Map<Node, Pending> elsewhere;

  Backward(GraphMode mode) {
    this.mode = mode;
    this.sumsProducts = mode != GraphMode.CREATE && !Anomaly.isOn();
  }

  /**
   * Cotangents that have arrived at one node's output in one pass. The node itself points to it, so
   * that finding it takes no look-up; of passes that meet at a node only the first has that place.
   */
  static class Pending {
    private final Backward pass;
    final Node node;

    /** The cotangent of output 0, the only one of most nodes. */
    private @Nullable Tensor first;

    /** Whether it is a sum that this pass has made, so that it may be added to in place. */
    private boolean ownsFirst;

    private boolean queued;

    /** Whether a cotangent here is asked for. */
    private boolean asked;

    /** What has arrived at output 0 as factors. */
    private @Nullable ProductSum products;

    Pending(Backward pass, Node node) {
      this.pass = pass;
      this.node = node;
    }

    @Nullable Tensor cotangent(int output) {
      return first;
    }

    void cotangent(int output, Tensor arrived) {
      first = arrived;
    }

    /** Those of all outputs, for reading only. */
    List<@Nullable Tensor> cotangents() {
      return Collections.singletonList(first);
    }

    boolean owns(int output) {
      return ownsFirst;
    }

    void own(int output) {
      ownsFirst = true;
    }

    void add(Factors factors) {
      if (products == null) {
        products = new ProductSum(factors);
      } else {
        products.add(factors);
      }
    }
  }

  /** The same at a node of several outputs. */
  private static final class PendingOutputs extends Pending {
    private final @Nullable Tensor[] cotangents;
    private boolean @Nullable [] owned;

    PendingOutputs(Backward pass, Node node) {
      super(pass, node);
      cotangents = new @Nullable Tensor[node.outputShapes.length];
    }

    @Override
    @Nullable Tensor cotangent(int output) {
      return cotangents[output];
    }

    @Override
    void cotangent(int output, Tensor arrived) {
      cotangents[output] = arrived;
    }

    @Override
    List<@Nullable Tensor> cotangents() {
      return Arrays.asList(cotangents);
    }

    @Override
    boolean owns(int output) {
      return owned != null && owned[output];
    }

    @Override
    void own(int output) {
      owned = owned == null ? new boolean[cotangents.length] : owned;
      owned[output] = true;
    }
  }

  Map<Tensor, Tensor> run(List<Tensor> outputs, List<Tensor> cotangents, Collection<Tensor> wrt) {
    try {
      for (Tensor t : wrt) {
        at(requireNode(t)).asked = true;
      }
      propagate(outputs, cotangents);
      GradientMap gradients = new GradientMap(wrt.size());
      for (Tensor t : wrt) {
        Pending there = at(requireNode(t));
        addProducts(there);
        Tensor gradient = there.cotangent(t.output());
        gradients.add(t, gradient == null ? Tensor.zeros(t.dtype(), t.shape()) : gradient);
      }
      return gradients;
    } finally {
      for (Tensor t : wrt) {
        Node node = t.node();
        Pending there = node == null ? null : node.visit();
        if (there != null && there.pass == this) {
          leave(there);
        }
      }
      queue.forEach(Backward::leave);
    }
  }

  private void propagate(List<Tensor> outputs, List<Tensor> cotangents) {
    for (int i = 0; i < outputs.size(); i++) {
      Node node = outputs.get(i).node();
      if (node != null) {
        add(at(node), outputs.get(i).output(), cotangents.get(i));
      }
    }
    while (!queue.isEmpty()) {
      Pending next = queue.remove();
      if (!next.asked) {
        leave(next);
      }
      addProducts(next);
      if (!next.node.isLeaf()) {
        pass(next);
      }
    }
  }

  private void addProducts(Pending to) {
    ProductSum products = to.products;
    if (products != null) {
      to.products = null;
      add(to, 0, products.total());
    }
  }

  private static Node requireNode(Tensor t) {
    Node node = t.node();
    if (node == null) {
      throw new IllegalArgumentException(
          "gradients: a tensor of shape "
              + t.shape()
              + " needs no gradient; make it one with leaf()");
    }
    return node;
  }

  private void pass(Pending from) {
    Node node = from.node;
    if (node.isFreed()) {
      throw new IllegalStateException(
          node.op()
              + ": this part of the graph was freed by an earlier backward pass;"
              + " detach what is carried over from an earlier pass, such as a state, or take the"
              + " earlier gradients with GraphMode.RETAIN");
    }
    Saved<?> saved = new Saved<>(from);
    for (int i = 0; i < node.inputCount(); i++) {
      Node parent = node.parent(i);
      if (parent != null) {
        pullBack(saved, i, parent, node.parentOutput(i));
      }
    }
    if (mode == GraphMode.FREE) {
      node.free();
    }
  }

  @SuppressWarnings("unchecked") // a node pairs an Op<A> with attributes of type A
  private void pullBack(Saved<?> saved, int input, Node parent, int output) {
    Op<Object> op = (Op<Object>) saved.op();
    Saved<Object> typed = (Saved<Object>) saved;
    Factors factors = sumsProducts && output == 0 ? op.factors(typed, input) : null;
    if (factors != null && !factors.isSymbolic()) {
      Pending to = at(parent);
      enqueue(to);
      to.add(factors);
      return;
    }
    Tensor cotangent = pullBack(op, typed, input);
    if (cotangent != null) {
      add(at(parent), output, cotangent);
    }
  }

  private static @Nullable Tensor pullBack(Op<Object> op, Saved<Object> saved, int input) {
    Tensor cotangent;
    try {
      cotangent = op.pullBack(saved, input);
    } catch (AnomalyException e) {
      throw new AnomalyException(
          "backward of " + op + ", operand " + input + ": " + e.getMessage());
    }
    Shape shape = saved.inputShape(input);
    if (cotangent == null || cotangent.shape().equals(shape)) {
      return cotangent;
    }
    return Broadcasting.sumTo(op.name(), cotangent, shape);
  }

  private Pending at(Node node) {
    Pending there = node.visit();
    if (there != null && there.pass == this) {
      return there;
    }
    Pending met = elsewhere == null ? null : elsewhere.get(node);
    if (met != null) {
      return met;
    }
    Pending mine =
        node.outputShapes.length > 1 ? new PendingOutputs(this, node) : new Pending(this, node);
    if (!node.enter(mine)) {
      if (elsewhere == null) {
        elsewhere = new HashMap<>();
      }
      elsewhere.put(node, mine);
    }
    return mine;
  }

  private static void leave(Pending pending) {
    pending.node.leave(pending);
  }

  /** A leaf that is asked for has nobody behind it, and need not wait its turn. */
  private void enqueue(Pending at) {
    if (!at.queued && !(at.asked && at.node.isLeaf())) {
      at.queued = true;
      queue.add(at);
    }
  }

  private void add(Pending at, int output, Tensor cotangent) {
    enqueue(at);
    Tensor sum = at.cotangent(output);
    if (sum == null) {
      at.cotangent(output, cotangent);
      return;
    }
    boolean symbolic = sum.isSymbolic() || cotangent.isSymbolic();
    if (at.owns(output) && !symbolic) {
      Backends.current().binary(BinaryKernel.ADD, sum.view(), cotangent.view(), sum.view());
    } else {
      at.cotangent(output, sum.add(cotangent));
      if (mode != GraphMode.CREATE && !symbolic) {
        at.own(output);
      }
    }
  }

  /** Shapes and types of cotangents must be those of the outputs they belong to. */
  static void check(List<Tensor> outputs, List<Tensor> cotangents) {
    if (outputs.size() != cotangents.size()) {
      throw new IllegalArgumentException(
          "gradients: " + outputs.size() + " outputs but " + cotangents.size() + " cotangents");
    }
    for (int i = 0; i < outputs.size(); i++) {
      Tensor y = outputs.get(i);
      Tensor g = cotangents.get(i);
      if (!y.shape().equals(g.shape()) || y.dtype() != g.dtype()) {
        throw new IllegalArgumentException(
            "gradients: output %d is %s %s but its cotangent is %s %s"
                .formatted(i, y.dtype(), y.shape(), g.dtype(), g.shape()));
      }
    }
  }
}
