package org.tapeloop.backend.openblas;

import org.tapeloop.autograd.spi.UnaryKernel;

/** The unary kernels as loops over arrays; out may be x. */
final class FloatUnary {
  private FloatUnary() {}

  /** {@code out[i] = kernel(x[i])} for i in from..to-1. */
  static void apply(UnaryKernel kernel, float[] x, float[] out, int from, int to) {
    switch (kernel) {
      case NEGATE -> {
        for (int i = from; i < to; i++) {
          out[i] = -x[i];
        }
      }
      case ABS -> {
        for (int i = from; i < to; i++) {
          out[i] = Math.abs(x[i]);
        }
      }
      case SIGN -> {
        for (int i = from; i < to; i++) {
          out[i] = Math.signum(x[i]);
        }
      }
      case SQRT -> {
        for (int i = from; i < to; i++) {
          out[i] = (float) Math.sqrt(x[i]);
        }
      }
      case RSQRT -> {
        for (int i = from; i < to; i++) {
          out[i] = 1f / (float) Math.sqrt(x[i]);
        }
      }
      case RECIPROCAL -> {
        for (int i = from; i < to; i++) {
          out[i] = 1f / x[i];
        }
      }
      case SQUARE -> {
        for (int i = from; i < to; i++) {
          out[i] = x[i] * x[i];
        }
      }
      case EXP -> FloatExponential.exp(x, out, from, to);
      case EXPM1 -> FloatExponential.expm1(x, out, from, to);
      case LOG -> {
        for (int i = from; i < to; i++) {
          out[i] = (float) Math.log(x[i]);
        }
      }
      case LOG1P -> {
        for (int i = from; i < to; i++) {
          out[i] = (float) Math.log1p(x[i]);
        }
      }
      case SIN -> {
        for (int i = from; i < to; i++) {
          out[i] = (float) Math.sin(x[i]);
        }
      }
      case COS -> {
        for (int i = from; i < to; i++) {
          out[i] = (float) Math.cos(x[i]);
        }
      }
      case TANH -> FloatExponential.tanh(x, out, from, to);
      case RELU -> {
        for (int i = from; i < to; i++) {
          out[i] = Math.max(x[i], 0f);
        }
      }
      case SIGMOID -> FloatExponential.sigmoid(x, out, from, to);
      // Their scalar meaning has no overflow to spare them, and takes as long as a loop of it
      // would.
      case ERF, SOFTPLUS -> {
        for (int i = from; i < to; i++) {
          out[i] = (float) kernel.apply(x[i]);
        }
      }
    }
  }
}
