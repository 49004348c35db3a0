package org.tapeloop.nn.text;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Each word is a token. A word that is spelt as a special token is that token, as {@code <unk>} in
 * corpora where rare words have been replaced.
 *
 * <p>Text comes back with one space between words: reading it again gives the same tokens, if none
 * was special.
 */
public final class WordTokenizer implements Tokenizer {
  static final String KIND = "words";
  private static final String AT = "at";
  private static final String LOWER_CASE = "lowerCase";
  private static final String END_OF_LINE = "endOfLine";

  private final WordSplitting splitting;
  private final Vocabulary vocabulary;

  private WordTokenizer(WordSplitting splitting, Vocabulary vocabulary) {
    this.splitting = splitting;
    this.vocabulary = vocabulary;
  }

  /** The tokeniser of the words of texts. */
  public static WordTokenizer learn(
      WordSplitting splitting, VocabularyRules rules, Iterable<String> texts) {
    Map<String, Long> counts = new HashMap<>();
    for (String text : texts) {
      splitting.split(text, word -> counts.merge(word, 1L, Long::sum));
    }
    return new WordTokenizer(splitting, Vocabulary.of(counts, rules));
  }

  static WordTokenizer restored(Settings settings) {
    @Nullable String endOfLine = settings.has(END_OF_LINE) ? settings.text(END_OF_LINE) : null;
    return new WordTokenizer(
        new WordSplitting(
            settings.constant(AT, WordSplitting.At.class),
            Boolean.parseBoolean(settings.text(LOWER_CASE)),
            endOfLine),
        settings.vocabulary());
  }

  @Override
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  @Override
  public int[] encode(String text) {
    IntStream.Builder ids = IntStream.builder();
    splitting.split(
        text,
        word -> {
          int id = vocabulary.find(word);
          if (id < 0) {
            throw new IllegalArgumentException(
                "words: '%s' is not in the vocabulary, and there is no unknown token"
                    .formatted(word));
          }
          ids.add(id);
        });
    return ids.build().toArray();
  }

  @Override
  public String decode(int... tokens) {
    StringBuilder text = new StringBuilder();
    for (int token : tokens) {
      String word = vocabulary.token(token);
      if (word.equals(splitting.endOfLine())) {
        text.append('\n');
        continue;
      }
      if (!text.isEmpty() && text.charAt(text.length() - 1) != '\n') {
        text.append(' ');
      }
      text.append(word);
    }
    return text.toString();
  }

  @Override
  public Map<String, String> settings() {
    Settings settings =
        Settings.of(KIND)
            .with(vocabulary)
            .with(AT, splitting.at().name())
            .with(LOWER_CASE, Boolean.toString(splitting.lowerCase()));
    String endOfLine = splitting.endOfLine();
    return (endOfLine == null ? settings : settings.with(END_OF_LINE, endOfLine)).texts();
  }
}
