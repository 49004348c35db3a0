package org.tapeloop.autograd;

/**
 * Raised by what a trace cannot record: looking at the elements of a symbolic tensor, or drawing
 * random numbers that should be others each time.
 */
public final class SymbolicTensorException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  SymbolicTensorException(String message) {
    super(message);
  }

  SymbolicTensorException(String operation, Shape shape) {
    super(operation + ": looks at the elements of a symbolic tensor of shape " + shape);
  }
}
