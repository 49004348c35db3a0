package org.tapeloop.nn.conformance;

import java.util.Arrays;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Tensor;

/**
 * The rule by which results are accepted: {@code max|a - e| / max(floor, max|e|) <= tolerance}.
 * Where NaN or an infinity is expected there has to be the same, and those places stay out of the
 * maxima.
 */
final class Comparison {
  private Comparison() {}

  static Deviation of(
      String result, Tensor actual, Tensor expected, double floor, double tolerance) {
    if (!actual.shape().equals(expected.shape())) {
      return different(result, tolerance, "shape " + actual.shape() + ", not " + expected.shape());
    }
    double[] a = actual.toDoubleArray();
    double[] e = expected.toDoubleArray();
    double largest = floor;
    double difference = 0;
    for (int i = 0; i < e.length; i++) {
      if (Double.isFinite(e[i])) {
        // Math.max passes NaN on, so that one in a place where a number belongs is never lost.
        difference = Math.max(difference, Math.abs(a[i] - e[i]));
        largest = Math.max(largest, Math.abs(e[i]));
      } else if (Double.compare(a[i], e[i]) != 0) {
        return different(result, tolerance, "element %d is %s, not %s".formatted(i, a[i], e[i]));
      }
    }
    return new Deviation(result, difference / largest, tolerance, "");
  }

  /** Integers have to be equal. */
  static Deviation of(String result, IntTensor actual, IntTensor expected) {
    if (!actual.shape().equals(expected.shape())) {
      return different(result, 0, "shape " + actual.shape() + ", not " + expected.shape());
    }
    int at = Arrays.mismatch(actual.toArray(), expected.toArray());
    return at < 0
        ? new Deviation(result, 0, 0, "")
        : different(
            result,
            0,
            "element %d is %d, not %d".formatted(at, actual.flat(at), expected.flat(at)));
  }

  private static Deviation different(String result, double tolerance, String reason) {
    return new Deviation(result, Double.POSITIVE_INFINITY, tolerance, reason);
  }
}
