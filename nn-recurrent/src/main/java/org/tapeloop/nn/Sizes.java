package org.tapeloop.nn;

/** Checks of sizes that a caller passes. */
final class Sizes {
  private Sizes() {}

  static void requirePositive(String where, String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(where + ": " + name + " must be at least 1, not " + value);
    }
  }

  static void requireProbability(String where, double p) {
    if (!(p >= 0 && p < 1)) {
      throw new IllegalArgumentException(where + ": the probability must be in [0, 1), not " + p);
    }
  }
}
