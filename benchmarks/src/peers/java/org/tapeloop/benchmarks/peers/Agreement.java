package org.tapeloop.benchmarks.peers;

import java.util.Map;
import org.tapeloop.benchmarks.BenchmarkCell;

/**
 * Whether libraries computed the same as 64-bit floats do: otherwise their times can't be compared.
 */
final class Agreement {
  private Agreement() {}

  /**
   * How far 32-bit results of a cell may be from those in 64 bits, relative to the largest element.
   * A recurrence amplifies roundings: through 100 steps of a normalised LSTM of 128 units those of
   * 32-bit floats grow from 6e-7 to 1e-3, whichever kernels compute it. Those of the other cells
   * stay below 4e-6 at all sizes of the table.
   */
  static double tolerance(BenchmarkCell cell) {
    return cell == BenchmarkCell.LNLSTM ? 3e-3 : 2e-5;
  }

  /**
   * The largest difference of two elements, relative to the largest element of their array.
   *
   * @param library whose results they are
   * @param expected what they should be
   * @throws IllegalStateException if one is above the tolerance, is NaN, or has no partner
   */
  static double check(
      String library,
      Map<String, float[]> expected,
      Map<String, float[]> actual,
      double tolerance) {
    if (!expected.keySet().equals(actual.keySet())) {
      throw new IllegalStateException(
          "%s has %s, and not %s".formatted(library, actual.keySet(), expected.keySet()));
    }
    double worst = 0;
    for (Map.Entry<String, float[]> entry : expected.entrySet()) {
      String what = library + ", " + entry.getKey();
      float[] partner = actual.getOrDefault(entry.getKey(), new float[0]);
      worst = Math.max(worst, difference(what, entry.getValue(), partner, tolerance));
    }
    return worst;
  }

  private static double difference(
      String what, float[] expected, float[] actual, double tolerance) {
    if (expected.length != actual.length) {
      throw new IllegalStateException(
          "%s: %d elements, and not %d".formatted(what, actual.length, expected.length));
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
          "%s: differs from 64-bit results by %.1e of the largest element; tolerance %.1e"
              .formatted(what, relative, tolerance));
    }
    return relative;
  }
}
