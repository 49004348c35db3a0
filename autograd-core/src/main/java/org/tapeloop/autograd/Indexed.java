package org.tapeloop.autograd;

/** Attributes with indices among them, which may be those of a trace. */
interface Indexed {
  /** The indices. */
  IntTensor indices();

  /** The same with other indices of the same shape. */
  Object with(IntTensor other);
}
