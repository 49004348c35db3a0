package org.tapeloop.examples.abc;

/** Counts the notes that a tuplet still holds for. */
final class Tuplets {
  private Fraction factor = Fraction.ONE;
  private int left;

  void begin(Symbol.Tuplet tuplet) {
    factor = tuplet.factor();
    left = tuplet.count();
  }

  /** The length of the next note or rest as it sounds. */
  Fraction sounding(Fraction written) {
    if (left == 0) {
      return written;
    }
    left--;
    return written.times(factor);
  }
}
