package org.tapeloop.nn.optim;

import java.util.LinkedHashMap;
import java.util.Map;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Parameter;

/** A layer that is nothing but its parameters. */
final class Weights extends Layer {
  Weights(Map<String, Tensor> initial) {
    initial.forEach(this::parameter);
  }

  Parameter get(String name) {
    return parameters().get(name);
  }

  /** Gradients by name, keyed as optimisers expect them. */
  Map<Tensor, Tensor> keyed(Map<String, Tensor> gradients) {
    Map<Tensor, Tensor> keyed = new LinkedHashMap<>();
    gradients.forEach((name, gradient) -> keyed.put(get(name).value(), gradient));
    return keyed;
  }
}
