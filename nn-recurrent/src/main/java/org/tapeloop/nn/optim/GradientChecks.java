package org.tapeloop.nn.optim;

import java.util.Collection;
import java.util.Map;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Parameter;

/** Refusals of gradients that do not belong to a parameter's current value. */
final class GradientChecks {
  private GradientChecks() {}

  /** Refuses gradients of an earlier value, which would be passed by without a word. */
  static void requireTimely(String name, Parameter parameter, Map<Tensor, Tensor> gradients) {
    if (parameter.isStaleIn(gradients)) {
      throw new IllegalArgumentException(
          "step: the gradient of '%s' is that of a value that has been replaced since"
              .formatted(name));
    }
  }

  /** Refuses gradients that are all of other parameters, with which a step would do nothing. */
  static void requireOwn(Collection<Parameter> parameters, Map<Tensor, Tensor> gradients) {
    if (Parameter.areForeign(gradients, parameters)) {
      throw new IllegalArgumentException(
          "step: none of the gradients is that of a parameter of this optimiser; were they taken"
              + " of another model?");
    }
  }

  /** Refuses a gradient whose shape or element type is not its parameter's. */
  static void requireLike(String name, Parameter parameter, Tensor gradient) {
    Tensor value = parameter.value();
    if (!gradient.shape().equals(value.shape()) || gradient.dtype() != value.dtype()) {
      throw new IllegalArgumentException(
          "step: '%s' is %s %s but its gradient is %s %s"
              .formatted(name, value.dtype(), value.shape(), gradient.dtype(), gradient.shape()));
    }
  }
}
