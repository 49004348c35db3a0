package org.tapeloop.autograd.scan;

/** A step that no plan can be made for, with the operation and the reason. */
public final class NotCompilableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NotCompilableException(String message) {
    super(message);
  }

  NotCompilableException(String message, Throwable cause) {
    super(message, cause);
  }
}
