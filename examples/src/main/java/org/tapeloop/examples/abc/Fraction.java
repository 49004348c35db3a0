package org.tapeloop.examples.abc;

/**
 * A fraction of a whole note, in lowest terms.
 *
 * @param numerator at least 0
 * @param denominator at least 1
 */
public record Fraction(long numerator, long denominator) implements Comparable<Fraction> {
  /** Nothing. */
  public static final Fraction ZERO = new Fraction(0, 1);

  /** A whole. */
  public static final Fraction ONE = new Fraction(1, 1);

  /** Reduces to lowest terms. */
  public Fraction {
    if (numerator < 0 || denominator < 1) {
      throw new IllegalArgumentException(numerator + "/" + denominator + " is not a length");
    }
    long divisor = gcd(numerator, denominator);
    numerator /= divisor;
    denominator /= divisor;
  }

  private static long gcd(long a, long b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  Fraction plus(Fraction other) {
    return new Fraction(
        Math.addExact(
            Math.multiplyExact(numerator, other.denominator),
            Math.multiplyExact(other.numerator, denominator)),
        Math.multiplyExact(denominator, other.denominator));
  }

  Fraction times(Fraction other) {
    return new Fraction(
        Math.multiplyExact(numerator, other.numerator),
        Math.multiplyExact(denominator, other.denominator));
  }

  Fraction over(Fraction other) {
    return new Fraction(
        Math.multiplyExact(numerator, other.denominator),
        Math.multiplyExact(denominator, other.numerator));
  }

  /** The number of a whole's {@code parts} that this is, rounded down. */
  public long in(long parts) {
    return Math.multiplyExact(numerator, parts) / denominator;
  }

  @Override
  public int compareTo(Fraction other) {
    return Long.compare(
        Math.multiplyExact(numerator, other.denominator),
        Math.multiplyExact(other.numerator, denominator));
  }

  /**
   * Reads what {@link #factor} writes.
   *
   * @throws NumberFormatException if it is something else
   */
  static Fraction ofFactor(String text) {
    int slash = text.indexOf('/');
    String above = slash < 0 ? text : text.substring(0, slash);
    return new Fraction(
        above.isEmpty() ? 1 : Long.parseLong(above),
        slash < 0 ? 1 : Long.parseLong(text.substring(slash + 1)));
  }

  /** As ABC writes it: {@code 2}, {@code 3/2}, {@code /2}, and nothing for a whole. */
  String factor() {
    String above = numerator == 1 ? "" : Long.toString(numerator);
    return denominator == 1 ? above : above + "/" + denominator;
  }

  @Override
  public String toString() {
    return denominator == 1 ? Long.toString(numerator) : numerator + "/" + denominator;
  }
}
