package org.tapeloop.nn.text;

import java.nio.charset.StandardCharsets;

/** What a {@link BytePairTokenizer} begins with, before anything is merged. */
public enum Alphabet {
  /** The 256 bytes of UTF-8: no text is unknown. */
  BYTES,
  /** The characters (Unicode code points) of the texts that are learned from. */
  CHARACTERS;

  /** A text as symbols, each of them a character: a byte is the character of the same number. */
  String symbols(String text) {
    return switch (this) {
      case BYTES -> new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
      case CHARACTERS -> text;
    };
  }
}
