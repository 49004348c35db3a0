package org.tapeloop.nn.cell;

import java.util.List;
import java.util.function.UnaryOperator;
import org.tapeloop.autograd.Tensor;

/**
 * The attributes that ONNX's recurrent operators share.
 *
 * @param activations f, then g and h where the operator has them, see {@link OnnxActivation#with}
 * @param clip what the arguments of activations are clipped to, {@code [-clip, clip]}; infinite for
 *     no clip
 * @param bias whether there is a B
 */
public record OnnxOptions(List<UnaryOperator<Tensor>> activations, double clip, boolean bias) {

  /** Checks the clip. */
  public OnnxOptions {
    if (!(clip > 0)) {
      throw new IllegalArgumentException("onnx: clip must be positive, not " + clip);
    }
    activations = List.copyOf(activations);
  }

  /** Biases, no clip. */
  public static OnnxOptions of(List<UnaryOperator<Tensor>> activations) {
    return new OnnxOptions(activations, Double.POSITIVE_INFINITY, true);
  }

  /** Activation number k of the clipped argument. */
  Tensor activate(int k, Tensor z) {
    return activations.get(k).apply(Double.isInfinite(clip) ? z : z.clamp(-clip, clip));
  }

  OnnxOptions requireActivations(String operator, int count) {
    if (activations.size() != count) {
      throw new IllegalArgumentException(
          "%s: takes %d activations, not %d".formatted(operator, count, activations.size()));
    }
    return this;
  }
}
