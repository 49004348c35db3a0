package org.tapeloop.autograd.tck;

import org.tapeloop.autograd.spi.BinaryKernel;
import org.tapeloop.autograd.spi.ReduceKernel;
import org.tapeloop.autograd.spi.UnaryKernel;

/**
 * How far a kernel's result may be from its scalar meaning: the tables of {@code
 * docs/backend-contract.md}.
 */
final class ErrorBounds {

  private ErrorBounds() {}

  static double unary(UnaryKernel kernel, Precision precision, double exact) {
    return ulps(precision, exact, ulps(kernel, precision));
  }

  private static int ulps(UnaryKernel kernel, Precision precision) {
    boolean single = precision == Precision.F32;
    return switch (kernel) {
      case NEGATE, ABS, SIGN, SQRT, RECIPROCAL, SQUARE, RELU -> 0;
      case EXP, EXPM1, LOG, LOG1P, SIN, COS -> single ? 2 : 4;
      case RSQRT, TANH, SIGMOID -> 4;
      case SOFTPLUS, ERF -> single ? 4 : 8;
    };
  }

  static double binary(BinaryKernel kernel, Precision precision, double a, double exact) {
    return switch (kernel) {
      case ADD, SUB, MUL, DIV, MAXIMUM, MINIMUM, EQUAL, NOT_EQUAL, LESS, LESS_EQUAL -> 0;
      case POW -> ulps(precision, exact, 4);
      // 1 - y^2 and 1 - y cancel near 1, so the error is measured by the cotangent.
      case TANH_GRADIENT, SIGMOID_GRADIENT -> ulps(precision, a, 4);
    };
  }

  /**
   * A number of units in the last place of a result; below the normal range, the smallest normal
   * number besides.
   */
  private static double ulps(Precision precision, double exact, int count) {
    if (count == 0 || Double.isNaN(exact) || Double.isInfinite(exact)) {
      return 0;
    }
    double top = Math.min(Math.abs(exact), precision.maxValue);
    return count * precision.ulp(top) + precision.minNormal;
  }

  /**
   * @param magnitude the sum of the absolute values for a sum, the absolute result for a product
   */
  static double reduce(ReduceKernel kernel, Precision precision, int count, double magnitude) {
    return switch (kernel) {
      case SUM -> sum(precision, count) * magnitude;
      case PRODUCT -> (count + 2) * precision.epsilon * magnitude + precision.minNormal;
      case MAX, MIN -> 0;
    };
  }

  /** The relative error of a pairwise or blocked sum of absolute values. */
  static double sum(Precision precision, int count) {
    return (32 + log2(count)) * precision.epsilon;
  }

  /**
   * @param magnitude {@code |alpha| sum |a b| + |beta out|}
   */
  static double gemm(Precision precision, int inner, double magnitude) {
    return (inner + 8) * precision.epsilon / 2 * magnitude + precision.minNormal;
  }

  static double softmax(Precision precision, int count, double belowMax, double exact) {
    return exact * precision.epsilon * (belowMax + 40 + log2(count)) + precision.minNormal;
  }

  static double logSoftmax(Precision precision, int count, double exact) {
    return precision.epsilon * (2 * Math.abs(exact) + 40 + log2(count));
  }

  /**
   * @param magnitude the sum of the absolute values so far
   */
  static double cumulativeSum(Precision precision, int count, double magnitude) {
    return count * precision.epsilon / 2 * magnitude;
  }

  /**
   * @param magnitude the sum of the absolute values, the old output among them
   */
  static double scatterAdd(Precision precision, int repeats, double magnitude) {
    return repeats * precision.epsilon / 2 * magnitude;
  }

  private static double log2(int count) {
    return Math.log(Math.max(1, count)) / Math.log(2);
  }
}
