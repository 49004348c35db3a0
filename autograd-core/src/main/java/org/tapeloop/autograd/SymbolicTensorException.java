package org.tapeloop.autograd;

/**
 * Raised where the elements of a symbolic tensor are asked for: a function that looks at values
 * cannot be traced.
 */
public final class SymbolicTensorException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  SymbolicTensorException(String operation, Shape shape) {
    super(operation + ": looks at the elements of a symbolic tensor of shape " + shape);
  }
}
