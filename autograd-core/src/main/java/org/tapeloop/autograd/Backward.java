package org.tapeloop.autograd;

import java.util.HashMap;
import java.util.LinkedHashMap;
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
  private final GraphMode mode;
  private final PriorityQueue<Pending> queue =
      new PriorityQueue<>((a, b) -> Long.compare(b.node.id, a.node.id));
  private final Map<Node, Pending> pending = new HashMap<>();

  Backward(GraphMode mode) {
    this.mode = mode;
  }

  /** Cotangents that have arrived at one node's outputs. */
  private static final class Pending {
    final Node node;
    final @Nullable Tensor[] cotangents;

    /** Whether a sum was made by this pass, so that it may be added to in place. */
    final boolean[] owned;

    Pending(Node node) {
      this.node = node;
      this.cotangents = new @Nullable Tensor[node.outputShapes.length];
      this.owned = new boolean[cotangents.length];
    }
  }

  Map<Tensor, Tensor> run(List<Tensor> outputs, List<Tensor> cotangents, Iterable<Tensor> wrt) {
    Map<Node, @Nullable Tensor[]> found = new HashMap<>();
    for (Tensor t : wrt) {
      found.put(requireNode(t), new @Nullable Tensor[0]);
    }
    for (int i = 0; i < outputs.size(); i++) {
      Node node = outputs.get(i).node();
      if (node != null) {
        add(node, outputs.get(i).output(), cotangents.get(i));
      }
    }
    while (!queue.isEmpty()) {
      Pending next = queue.remove();
      pending.remove(next.node);
      found.computeIfPresent(next.node, (node, none) -> next.cotangents);
      if (!next.node.isLeaf()) {
        pass(next);
      }
    }
    Map<Tensor, Tensor> result = new LinkedHashMap<>();
    for (Tensor t : wrt) {
      @Nullable Tensor[] reached = found.getOrDefault(requireNode(t), new @Nullable Tensor[0]);
      Tensor g = reached.length == 0 ? null : reached[t.output()];
      result.put(t, g == null ? Tensor.zeros(t.dtype(), t.shape()) : g);
    }
    return result;
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
              + " take the earlier gradients with GraphMode.RETAIN");
    }
    Saved<?> saved = new Saved<>(node, from.cotangents);
    for (int i = 0; i < node.inputCount(); i++) {
      Node parent = node.parent(i);
      if (parent != null) {
        add(parent, node.parentOutput(i), pullBack(node.op(), saved, i));
      }
    }
    if (mode == GraphMode.FREE) {
      node.free();
    }
  }

  @SuppressWarnings("unchecked") // a node pairs an Op<A> with attributes of type A
  private static Tensor pullBack(Op<?> op, Saved<?> saved, int input) {
    Tensor cotangent;
    try {
      cotangent = ((Op<Object>) op).pullBack((Saved<Object>) saved, input);
    } catch (AnomalyException e) {
      throw new AnomalyException(
          "backward of " + op + ", operand " + input + ": " + e.getMessage());
    }
    Shape shape = saved.inputShape(input);
    if (cotangent.shape().equals(shape)) {
      return cotangent;
    }
    return Broadcasting.sumTo(op.name(), cotangent, shape);
  }

  private void add(Node node, int output, Tensor cotangent) {
    Pending at = pending.get(node);
    if (at == null) {
      at = new Pending(node);
      pending.put(node, at);
      queue.add(at);
    }
    Tensor sum = at.cotangents[output];
    if (sum == null) {
      at.cotangents[output] = cotangent;
    } else if (at.owned[output]) {
      Backends.current().binary(BinaryKernel.ADD, sum.view(), cotangent.view(), sum.view());
    } else {
      at.cotangents[output] = sum.add(cotangent);
      at.owned[output] = mode != GraphMode.CREATE && !sum.isSymbolic();
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
