package org.tapeloop.nn.text;

import java.util.function.Consumer;

/**
 * Cuts text into pieces that no merge crosses: runs of letters, of digits, of marks, each with the
 * one space before it, and of white space. Put together they are the text again.
 */
final class Pieces {
  /** In characters: keeps the work for text without spaces in proportion to its length. */
  private static final int LONGEST = 64;

  private Pieces() {}

  static void cut(String text, Consumer<String> piece) {
    int start = 0;
    while (start < text.length()) {
      int end = end(text, start);
      piece.accept(text.substring(start, end));
      start = end;
    }
  }

  private static int end(String text, int start) {
    CharacterKind kind = CharacterKind.of(text.codePointAt(start));
    if (kind != CharacterKind.SPACE) {
      return runEnd(text, start, kind, LONGEST);
    }
    int spaces = runEnd(text, start, kind, LONGEST);
    boolean belongsToNext =
        spaces < text.length()
            && text.charAt(spaces - 1) == ' '
            && CharacterKind.of(text.codePointAt(spaces)) != CharacterKind.SPACE;
    if (!belongsToNext) {
      return spaces;
    }
    return spaces - 1 > start
        ? spaces - 1
        : runEnd(text, spaces, CharacterKind.of(text.codePointAt(spaces)), LONGEST - 1);
  }

  private static int runEnd(String text, int start, CharacterKind kind, int longest) {
    int i = start;
    for (int count = 0; count < longest && i < text.length(); count++) {
      int c = text.codePointAt(i);
      if (CharacterKind.of(c) != kind) {
        break;
      }
      i += Character.charCount(c);
    }
    return i;
  }
}
