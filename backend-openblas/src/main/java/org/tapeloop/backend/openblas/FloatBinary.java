package org.tapeloop.backend.openblas;

import org.tapeloop.autograd.spi.BinaryKernel;

/** The binary kernels and select as loops over arrays; out may be an operand. */
final class FloatBinary {
  private FloatBinary() {}

  /** {@code out[i] = kernel(a[i], b[i])} for i in from..to-1. */
  static void apply(BinaryKernel kernel, float[] a, float[] b, float[] out, int from, int to) {
    switch (kernel) {
      case ADD -> {
        for (int i = from; i < to; i++) {
          out[i] = a[i] + b[i];
        }
      }
      case SUB -> {
        for (int i = from; i < to; i++) {
          out[i] = a[i] - b[i];
        }
      }
      case MUL -> {
        for (int i = from; i < to; i++) {
          out[i] = a[i] * b[i];
        }
      }
      case DIV -> {
        for (int i = from; i < to; i++) {
          out[i] = a[i] / b[i];
        }
      }
      case POW -> {
        for (int i = from; i < to; i++) {
          out[i] = (float) Math.pow(a[i], b[i]);
        }
      }
      case MAXIMUM -> {
        for (int i = from; i < to; i++) {
          out[i] = Math.max(a[i], b[i]);
        }
      }
      case MINIMUM -> {
        for (int i = from; i < to; i++) {
          out[i] = Math.min(a[i], b[i]);
        }
      }
      case EQUAL -> {
        for (int i = from; i < to; i++) {
          out[i] = a[i] == b[i] ? 1f : 0f;
        }
      }
      case NOT_EQUAL -> {
        for (int i = from; i < to; i++) {
          out[i] = a[i] != b[i] ? 1f : 0f;
        }
      }
      case LESS -> {
        for (int i = from; i < to; i++) {
          out[i] = a[i] < b[i] ? 1f : 0f;
        }
      }
      case LESS_EQUAL -> {
        for (int i = from; i < to; i++) {
          out[i] = a[i] <= b[i] ? 1f : 0f;
        }
      }
      case TANH_GRADIENT -> {
        for (int i = from; i < to; i++) {
          out[i] = a[i] * (1f - b[i] * b[i]);
        }
      }
      case SIGMOID_GRADIENT -> {
        for (int i = from; i < to; i++) {
          out[i] = a[i] * (b[i] * (1f - b[i]));
        }
      }
    }
  }

  /** {@code out[i] = condition[i] != 0 ? a[i] : b[i]} for i in from..to-1. */
  static void select(float[] condition, float[] a, float[] b, float[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = condition[i] != 0 ? a[i] : b[i];
    }
  }
}
