package org.tapeloop.examples.seq2seq;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.tapeloop.nn.text.CharacterTokenizer;
import org.tapeloop.nn.text.Tokenizer;
import org.tapeloop.nn.text.VocabularyRules;
import org.tapeloop.nn.text.WordSplitting;
import org.tapeloop.nn.text.WordTokenizer;

/** What a text is taken apart into. */
enum Units {
  /** Character by character. */
  CHARACTERS,
  /** At spaces. */
  WORDS;

  /** Stands before the first token and after the last, and fills up batches. */
  private static final String EDGE = "<edge>";

  private static final String UNKNOWN = "<unknown>";

  /** The number of the token at both ends of a sequence. */
  static final int END = 0;

  /** The tokens of texts. */
  Tokenizer learn(List<String> texts) {
    VocabularyRules rules = VocabularyRules.ALL.special(EDGE).unknown(UNKNOWN);
    return switch (this) {
      case CHARACTERS -> CharacterTokenizer.learn(rules, texts);
      case WORDS -> WordTokenizer.learn(WordSplitting.SPACED, rules, texts);
    };
  }

  /** The tokens of a text between two edges. */
  static int[] between(Tokenizer tokenizer, String text) {
    return IntStream.concat(IntStream.of(END), IntStream.of(behind(tokenizer.encode(text))))
        .toArray();
  }

  /** Tokens and the edge behind them. */
  static int[] behind(int[] tokens) {
    int[] ended = Arrays.copyOf(tokens, tokens.length + 1);
    ended[tokens.length] = END;
    return ended;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
