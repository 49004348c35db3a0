package org.tapeloop.nn.cell;

import java.util.Map;
import java.util.Objects;

/** Values of formulas such as {@code 4H(I + H + 2) + RH}. */
final class Polynomial {
  private final String text;
  private final Map<Character, Integer> sizes;
  private int at;

  private Polynomial(String text, Map<Character, Integer> sizes) {
    this.text = text.replace(" ", "");
    this.sizes = sizes;
  }

  static long value(String formula, Map<Character, Integer> sizes) {
    Polynomial reader = new Polynomial(formula, sizes);
    long value = reader.sum();
    if (reader.at != reader.text.length()) {
      throw new IllegalArgumentException(formula + " at " + reader.at);
    }
    return value;
  }

  private long sum() {
    long total = product();
    while (at < text.length() && text.charAt(at) == '+') {
      at++;
      total += product();
    }
    return total;
  }

  private long product() {
    long total = 1;
    while (at < text.length() && text.charAt(at) != '+' && text.charAt(at) != ')') {
      total *= factor();
    }
    return total;
  }

  private long factor() {
    char next = text.charAt(at++);
    if (next == '(') {
      long inner = sum();
      at++;
      return inner;
    }
    if (Character.isDigit(next)) {
      long number = Character.digit(next, 10);
      while (at < text.length() && Character.isDigit(text.charAt(at))) {
        number = 10 * number + Character.digit(text.charAt(at++), 10);
      }
      return number;
    }
    return Objects.requireNonNull(sizes.get(next), () -> "size " + next);
  }
}
