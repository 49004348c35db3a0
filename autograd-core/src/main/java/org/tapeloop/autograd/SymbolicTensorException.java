package org.tapeloop.autograd;

/**
 * Raised by what a trace cannot record: looking at the elements of a symbolic tensor, drawing
 * random numbers that should be others each time, or computing with symbols of two traces.
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
