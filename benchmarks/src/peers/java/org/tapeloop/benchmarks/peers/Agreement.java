package org.tapeloop.benchmarks.peers;

import java.util.Map;

/** Whether two libraries computed the same: otherwise their times can't be compared. */
final class Agreement {
  /**
   * Of the largest element. A recurrence amplifies roundings: through 64 steps of a normalised LSTM
   * of 512 units those of 32-bit floats grow from 2e-6 to 2e-4, whichever kernels compute it.
   */
  static final double TOLERANCE = 1e-3;

  private Agreement() {}

  /**
   * The largest difference of two elements, relative to the largest element of their array.
   *
   * @throws IllegalStateException if one is above {@link #TOLERANCE}, is NaN, or has no partner
   */
  static double check(Map<String, float[]> expected, Map<String, float[]> actual) {
    if (!expected.keySet().equals(actual.keySet())) {
      throw new IllegalStateException(expected.keySet() + " against " + actual.keySet());
    }
    double worst = 0;
    for (Map.Entry<String, float[]> entry : expected.entrySet()) {
      float[] partner = actual.getOrDefault(entry.getKey(), new float[0]);
      worst = Math.max(worst, difference(entry.getKey(), entry.getValue(), partner));
    }
    return worst;
  }

  private static double difference(String what, float[] expected, float[] actual) {
    if (expected.length != actual.length) {
      throw new IllegalStateException(
          "%s: %d elements against %d".formatted(what, expected.length, actual.length));
    }
    double largest = 0;
    double error = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      error = Math.max(error, Math.abs((double) expected[i] - actual[i]));
    }
    // Of zeros alone nothing can be told, and NaN is no number to divide by.
    double relative = error / largest;
    if (!(relative <= TOLERANCE)) {
      throw new IllegalStateException(
          "%s: the libraries differ by %.1e of the largest element; tolerance %.1e"
              .formatted(what, relative, TOLERANCE));
    }
    return relative;
  }
}
