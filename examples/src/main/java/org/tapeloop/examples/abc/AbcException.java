package org.tapeloop.examples.abc;

import java.io.Serial;

/** A text is not a tune in ABC. */
public final class AbcException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  /** A text that breaks a rule; the message says where and what was expected. */
  public AbcException(String message) {
    super(message);
  }
}
