package org.tapeloop.autograd.scan;

/**
 * Where a value stands: columns of a buffer, at a step that depends on the step being executed.
 *
 * @param buffer number of the buffer in the plan
 * @param at which of the buffer's steps
 * @param column the first column
 * @param width how many columns
 */
record Location(int buffer, At at, int column, int width) {

  /** Which step of a buffer, seen from step t. */
  enum At {
    /** The only one. */
    FIXED,
    /** t. */
    NOW,
    /** t + 1. */
    NEXT,
    /** t modulo 2. */
    EVEN,
    /** t + 1 modulo 2. */
    ODD;

    int step(int t) {
      return switch (this) {
        case FIXED -> 0;
        case NOW -> t;
        case NEXT -> t + 1;
        case EVEN -> t & 1;
        case ODD -> (t + 1) & 1;
      };
    }
  }

  /** Whether some column is in both, whichever steps they are seen from. */
  boolean overlaps(Location other) {
    return buffer == other.buffer
        && column < other.column + other.width
        && other.column < column + width;
  }

  Location columns(int start, int count) {
    return new Location(buffer, at, column + start, count);
  }
}
