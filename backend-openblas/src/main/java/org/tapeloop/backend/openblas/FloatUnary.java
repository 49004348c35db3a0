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
      case EXP -> {
        for (int i = from; i < to; i++) {
          out[i] = (float) Math.exp(x[i]);
        }
      }
      case EXPM1 -> {
        for (int i = from; i < to; i++) {
          out[i] = (float) Math.expm1(x[i]);
        }
      }
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
      case TANH -> {
        for (int i = from; i < to; i++) {
          out[i] = (float) Math.tanh(x[i]);
        }
      }
      case RELU -> {
        for (int i = from; i < to; i++) {
          out[i] = Math.max(x[i], 0f);
        }
      }
      case SIGMOID -> {
        for (int i = from; i < to; i++) {
          double e = Math.exp(-Math.abs(x[i]));
          out[i] = (float) ((x[i] >= 0 ? 1 : e) / (1 + e));
        }
      }
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
