package org.tapeloop.autograd.spi;

import java.util.Arrays;

/** Raised where a tensor would have more elements than a Java array can hold. */
public final class TensorSizeException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** For a tensor of these extents. */
  public TensorSizeException(int... extents) {
    super("shape: " + Arrays.toString(extents) + " has more elements than a Java array can hold");
  }
}
