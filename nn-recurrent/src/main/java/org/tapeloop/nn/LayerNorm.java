package org.tapeloop.nn;

import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * Normalises the last axis to mean 0 and variance 1, then scales and shifts: {@code y = (x - mean)
 * / sqrt(var + eps) * weight + bias}, with the mean square deviation as variance.
 *
 * <p>Parameters {@code weight} [F], ones, and {@code bias} [F], zeros. Source: Ba, Kiros and Hinton
 * 2016.
 */
public final class LayerNorm extends Layer {
  /** PyTorch's default. */
  public static final double DEFAULT_EPSILON = 1e-5;

  private final Parameter weight;
  private final Parameter bias;
  private final double epsilon;

  /** With epsilon {@value #DEFAULT_EPSILON}. */
  public LayerNorm(int features) {
    this(features, DEFAULT_EPSILON);
  }

  /** With an epsilon of its own. */
  public LayerNorm(int features, double epsilon) {
    Sizes.requirePositive("LayerNorm", "features", features);
    this.epsilon = epsilon;
    weight = parameter("weight", Tensor.ones(features));
    bias = parameter("bias", Tensor.zeros(DType.F32, Shape.of(features)));
  }

  /** The normalised x [..., F]. */
  public Tensor forward(Tensor x) {
    return x.layerNorm(1, weight.value(), bias.value(), epsilon);
  }
}
