package org.tapeloop.nn.cell;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.tapeloop.autograd.Tensor;

/** The activations of ONNX's recurrent operators. */
public enum OnnxActivation {
  /** {@code max(z, 0)}. */
  RELU((z, alpha, beta) -> z.relu()),
  /** Hyperbolic tangent. */
  TANH((z, alpha, beta) -> z.tanh()),
  /** The logistic sigmoid. */
  SIGMOID((z, alpha, beta) -> z.sigmoid()),
  /** {@code alpha z + beta}. */
  AFFINE((z, alpha, beta) -> z.mul(alpha).add(beta)),
  /** {@code z >= 0 ? z : alpha z}. */
  LEAKY_RELU((z, alpha, beta) -> z.leakyRelu(alpha)),
  /** {@code z > alpha ? z : 0}. */
  THRESHOLDED_RELU((z, alpha, beta) -> z.gt(alpha).where(z, z.zerosLike())),
  /** {@code alpha tanh(beta z)}. */
  SCALED_TANH((z, alpha, beta) -> z.mul(beta).tanh().mul(alpha)),
  /** {@code min(max(alpha z + beta, 0), 1)}. */
  HARD_SIGMOID((z, alpha, beta) -> z.mul(alpha).add(beta).clamp(0, 1)),
  /** {@code z >= 0 ? z : alpha (e^z - 1)}. */
  ELU((z, alpha, beta) -> z.elu(alpha)),
  /** {@code z / (1 + |z|)}. */
  SOFTSIGN((z, alpha, beta) -> z.softsign()),
  /** {@code ln(1 + e^z)}. */
  SOFTPLUS((z, alpha, beta) -> z.softplus());

  @FunctionalInterface
  private interface Formula {
    Tensor apply(Tensor z, double alpha, double beta);
  }

  private final Formula formula;

  OnnxActivation(Formula formula) {
    this.formula = formula;
  }

  /**
   * The activation of this name in ONNX, {@code "LeakyRelu"} say; case does not matter.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static OnnxActivation named(String name) {
    String wanted = name.toLowerCase(Locale.ROOT);
    return Arrays.stream(values())
        .filter(a -> a.name().replace("_", "").toLowerCase(Locale.ROOT).equals(wanted))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("onnx: no activation '" + name + "'"));
  }

  /** The function with its two numbers; those that take none look at neither. */
  public UnaryOperator<Tensor> with(double alpha, double beta) {
    return z -> formula.apply(z, alpha, beta);
  }
}
