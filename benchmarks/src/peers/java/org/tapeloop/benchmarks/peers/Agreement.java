package org.tapeloop.benchmarks.peers;

import java.util.Map;
import org.tapeloop.benchmarks.BenchmarkCell;

/** Whether two libraries computed the same: otherwise their times can't be compared. */
final class Agreement {
  private Agreement() {}

  /**
   * How far results of a cell may differ, relative to the largest element. A recurrence amplifies
   * roundings: through 64 steps of a normalised LSTM of 512 units those of 32-bit floats grow from
   * 2e-6 to 2e-4, whichever kernels compute it. Those of the other cells stay below 3e-6 at all
   * sizes of the table.
   */
  static double tolerance(BenchmarkCell cell) {
    return cell == BenchmarkCell.LNLSTM ? 1e-3 : 2e-5;
  }

  /**
   * The largest difference of two elements, relative to the largest element of their array.
   *
   * @throws IllegalStateException if one is above the tolerance, is NaN, or has no partner
   */
  static double check(
      Map<String, float[]> expected, Map<String, float[]> actual, double tolerance) {
    if (!expected.keySet().equals(actual.keySet())) {
      throw new IllegalStateException(expected.keySet() + " against " + actual.keySet());
    }
    double worst = 0;
    for (Map.Entry<String, float[]> entry : expected.entrySet()) {
      float[] partner = actual.getOrDefault(entry.getKey(), new float[0]);
      worst = Math.max(worst, difference(entry.getKey(), entry.getValue(), partner, tolerance));
    }
    return worst;
  }

  private static double difference(
      String what, float[] expected, float[] actual, double tolerance) {
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
    if (!(relative <= tolerance)) {
      throw new IllegalStateException(
          "%s: the libraries differ by %.1e of the largest element; tolerance %.1e"
              .formatted(what, relative, tolerance));
    }
    return relative;
  }
}
