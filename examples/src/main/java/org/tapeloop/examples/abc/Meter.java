package org.tapeloop.examples.abc;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A metre, as the field {@code M:} gives it.
 *
 * @param beats in a bar
 * @param unit the part of a whole note that a beat is
 */
public record Meter(int beats, int unit) {
  private static final Pattern FORM = Pattern.compile("([1-9]\\d?)/(1|2|4|8|16|32)");

  /**
   * Reads a metre: {@code 6/8}, {@code C} for 4/4, {@code C|} for 2/2.
   *
   * @throws AbcException if it is none of these
   */
  public static Meter parse(String text) {
    return switch (text) {
      case "C" -> new Meter(4, 4);
      case "C|" -> new Meter(2, 2);
      default -> {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
          throw new AbcException("M:" + text + ": expected a metre such as 6/8 or C");
        }
        yield new Meter(Integer.parseInt(form.group(1)), Integer.parseInt(form.group(2)));
      }
    };
  }

  /** The length of a bar. */
  public Fraction bar() {
    return new Fraction(beats, unit);
  }

  /** Whether beats are felt in threes. */
  boolean isCompound() {
    return beats % 3 == 0 && beats > 3;
  }

  /** The length of a note where no field {@code L:} says otherwise. */
  Fraction unitLength() {
    return bar().compareTo(new Fraction(3, 4)) < 0 ? new Fraction(1, 16) : new Fraction(1, 8);
  }

  @Override
  public String toString() {
    return beats + "/" + unit;
  }
}
