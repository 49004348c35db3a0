package org.tapeloop.autograd;

/**
 * Raised in anomaly mode by the first operation whose result holds NaN although its operands do
 * not.
 */
public final class AnomalyException extends ArithmeticException {
  private static final long serialVersionUID = 1L;

  AnomalyException(String message) {
    super(message);
  }
}
