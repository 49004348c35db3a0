package org.tapeloop.autograd.tck;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a kernel's output must be: values, and how far each may be off. A tolerance of 0 asks for
 * the exact value rounded once to the element type, the sign of zero included.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Expected(double[] values, double[] tolerances) {

  static Expected exactly(double... values) {
    return new Expected(values, new double[values.length]);
  }

  static Expected within(double tolerance, double... values) {
    double[] tolerances = new double[values.length];
    Arrays.fill(tolerances, tolerance);
    return new Expected(values, tolerances);
  }

  /** A description of the first element that is off, or null where none is. */
  @Nullable String firstError(Precision precision, double[] actual) {
    for (int i = 0; i < values.length; i++) {
      double rounded = precision.round(values[i]);
      if (!agrees(precision, rounded, values[i], actual[i], tolerances[i])) {
        return "element %d of %d: expected %s within %s but was %s"
            .formatted(i, values.length, rounded, tolerances[i], actual[i]);
      }
    }
    return null;
  }

  private static boolean agrees(
      Precision precision, double rounded, double exact, double actual, double tolerance) {
    if (Double.isNaN(rounded) || tolerance == 0) {
      return Double.compare(rounded, actual) == 0;
    }
    if (Double.isInfinite(exact)) {
      return rounded == actual;
    }
    if (Double.isInfinite(rounded) || Double.isInfinite(actual)) {
      // Past the largest number of the type, a result within its tolerance may round either way.
      return Math.signum(exact) == Math.signum(actual)
          && Math.abs(exact) >= precision.maxValue - tolerance
          && Math.abs(actual) >= precision.maxValue - tolerance;
    }
    return Math.abs(actual - exact) <= tolerance;
  }
}
