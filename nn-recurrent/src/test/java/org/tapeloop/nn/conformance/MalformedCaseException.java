package org.tapeloop.nn.conformance;

/** A case file does not say what a case has to say. */
final class MalformedCaseException extends RuntimeException {
  private static final long serialVersionUID = 1;

  MalformedCaseException(String reason) {
    super(reason);
  }

  MalformedCaseException(String reason, Throwable cause) {
    super(reason, cause);
  }
}
