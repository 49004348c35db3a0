package org.tapeloop.examples.text;

import java.util.Arrays;
import org.tapeloop.examples.files.Failure;

/** The characters (Unicode code points) of a text, numbered from 0 in code point order. */
public final class Vocabulary {
  private final int[] symbols;

  private Vocabulary(int[] symbols) {
    this.symbols = symbols;
  }

  /** The characters that occur in a text. */
  public static Vocabulary of(String text) {
    return new Vocabulary(text.codePoints().sorted().distinct().toArray());
  }

  /** How many there are. */
  public int size() {
    return symbols.length;
  }

  /** Whether a character is one of them. */
  public boolean contains(int codePoint) {
    return Arrays.binarySearch(symbols, codePoint) >= 0;
  }

  /**
   * The numbers of a text's characters.
   *
   * @throws Failure if one of them is not in the vocabulary
   */
  public int[] encode(String text) {
    return text.codePoints().map(this::indexOf).toArray();
  }

  private int indexOf(int codePoint) {
    int index = Arrays.binarySearch(symbols, codePoint);
    if (index < 0) {
      throw new Failure(
          "the character '%s' (U+%04X) does not occur in the text that the model learned from"
              .formatted(Character.toString(codePoint), codePoint));
    }
    return index;
  }

  /** The character of a number. */
  public String decode(int index) {
    return Character.toString(symbols[index]);
  }

  /** All characters in order; {@link #of} makes the same vocabulary of it again. */
  public String symbols() {
    return new String(symbols, 0, symbols.length);
  }
}
