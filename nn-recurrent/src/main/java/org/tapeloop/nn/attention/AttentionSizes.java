package org.tapeloop.nn.attention;

/** Checks of sizes that a caller passes. */
final class AttentionSizes {
  private AttentionSizes() {}

  static void requirePositive(String where, int... sizes) {
    for (int size : sizes) {
      if (size < 1) {
        throw new IllegalArgumentException(where + ": sizes must be at least 1, not " + size);
      }
    }
  }

  static void requireSize(String where, String what, int wanted, int found) {
    if (wanted != found) {
      throw new IllegalArgumentException(
          "%s: %s have %d features, not %d".formatted(where, what, found, wanted));
    }
  }
}
