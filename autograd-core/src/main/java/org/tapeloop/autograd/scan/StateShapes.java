package org.tapeloop.autograd.scan;

import java.util.List;
import java.util.Optional;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;

/** What a step does to the shapes of its state. */
final class StateShapes {
  private StateShapes() {}

  /** The first difference between the shapes of two states, in words; empty if there is none. */
  static Optional<String> change(Object before, Object after) {
    List<Tensor> old = TensorTree.flatten(before);
    List<Tensor> now = TensorTree.flatten(after);
    if (old.size() != now.size()) {
      return Optional.of("the state from %d tensors to %d".formatted(old.size(), now.size()));
    }
    for (int k = 0; k < old.size(); k++) {
      Shape first = old.get(k).shape();
      Shape second = now.get(k).shape();
      if (!first.equals(second)) {
        String name = TensorTree.names(before).get(k);
        return Optional.of(
            "%s from shape %s to %s"
                .formatted(name.isEmpty() ? "the state" : "state " + name, first, second));
      }
    }
    return Optional.empty();
  }

  /** The failure of a step, with what an earlier one did to the state if that may be the cause. */
  static IllegalArgumentException explained(
      IllegalArgumentException failure, Object initial, Object state) {
    return change(initial, state)
        .map(
            change ->
                new IllegalArgumentException(
                    "scan: a step changed %s, and the next one failed: %s"
                        .formatted(change, failure.getMessage()),
                    failure))
        .orElse(failure);
  }
}
