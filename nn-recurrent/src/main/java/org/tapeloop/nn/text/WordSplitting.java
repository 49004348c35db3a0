package org.tapeloop.nn.text;

import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where words begin and end.
 *
 * @param at what ends a word
 * @param lowerCase whether upper-case letters are read as lower-case ones
 * @param endOfLine a token that stands for each line's end, or null if that is a space like others
 */
public record WordSplitting(At at, boolean lowerCase, @Nullable String endOfLine) {

  /** What ends a word. */
  public enum At {
    /** White space alone: for text whose words have been separated before. */
    SPACES,
    /**
     * White space, and marks: runs of letters, marks on them and digits are words, and so is any
     * other character.
     */
    MARKS
  }

  /** Words are what stands between white space. */
  public static final WordSplitting SPACED = new WordSplitting(At.SPACES, false, null);

  /** Letters and digits make words, every mark is one of its own. */
  public static final WordSplitting MARKED = new WordSplitting(At.MARKS, false, null);

  /** Checks the token of a line's end. */
  public WordSplitting {
    if (endOfLine != null && endOfLine.isBlank()) {
      throw new IllegalArgumentException("words: the token of a line's end must not be blank");
    }
  }

  /** With upper-case letters read as lower-case ones. */
  public WordSplitting inLowerCase() {
    return new WordSplitting(at, true, endOfLine);
  }

  /** With a token for each line's end, {@code <eos>} in corpora of words. */
  public WordSplitting withEndOfLine(String token) {
    return new WordSplitting(at, lowerCase, token);
  }

  /** The words of a text, one after the other. */
  void split(String text, Consumer<String> word) {
    int start = -1;
    int i = 0;
    while (i < text.length()) {
      int c = text.codePointAt(i);
      int next = i + Character.charCount(c);
      boolean space = CharacterKind.of(c) == CharacterKind.SPACE;
      boolean alone = at == At.MARKS && CharacterKind.of(c) == CharacterKind.MARK;
      if ((space || alone) && start >= 0) {
        word.accept(cased(text.substring(start, i)));
        start = -1;
      }
      if (alone) {
        word.accept(text.substring(i, next));
      } else if (space) {
        if (c == '\n' && endOfLine != null) {
          word.accept(endOfLine);
        }
      } else if (start < 0) {
        start = i;
      }
      i = next;
    }
    if (start >= 0) {
      word.accept(cased(text.substring(start)));
    }
  }

  private String cased(String word) {
    return lowerCase ? word.toLowerCase(Locale.ROOT) : word;
  }
}
