package org.tapeloop.nn.conformance;

/**
 * How far one result is from the expected one.
 *
 * @param result what was compared, such as {@code expect.grad.x}
 * @param error relative to the largest magnitude expected; infinite where shapes, NaN or infinities
 *     differ
 * @param tolerance the largest error accepted
 * @param reason why the error is infinite, else empty
 */
record Deviation(String result, double error, double tolerance, String reason) {

  boolean isAccepted() {
    return error <= tolerance;
  }

  @Override
  public String toString() {
    return reason.isEmpty()
        ? "%s: error %.3g, tolerance %.3g".formatted(result, error, tolerance)
        : result + ": " + reason;
  }
}
