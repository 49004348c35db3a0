package org.tapeloop.autograd.scan;

/** A step that no plan can be made for, with the operation and the reason. */
public final class NotCompilableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The number of the recorded operation that is at fault, or -1. */
  private final int call;

  NotCompilableException(String message) {
    super(message);
    call = -1;
  }

  NotCompilableException(String message, Throwable cause) {
    this(message, cause, -1);
  }

  NotCompilableException(String message, Throwable cause, int call) {
    super(message, cause);
    this.call = call;
  }

  int call() {
    return call;
  }
}
