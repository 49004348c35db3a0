package org.tapeloop.examples.abc;

/** Counts the notes that a tuplet still holds for. */
final class Tuplets {
  private Fraction factor = Fraction.ONE;
  private int left;

  void begin(Symbol.Tuplet tuplet) {
    factor = tuplet.factor();
    left = tuplet.count();
  }

  /** How many notes and rests are still to come. */
  int left() {
    return left;
  }

  /** What the length of the next note or rest is multiplied by. */
  Fraction factor() {
    return left == 0 ? Fraction.ONE : factor;
  }

  /** The length of the next note or rest as it sounds. */
  Fraction sounding(Fraction written) {
    Fraction sounding = written.times(factor());
    left = Math.max(0, left - 1);
    return sounding;
  }
}
