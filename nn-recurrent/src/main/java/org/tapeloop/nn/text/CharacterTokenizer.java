package org.tapeloop.nn.text;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Each character (Unicode code point) is a token. Known text comes back as it was. */
public final class CharacterTokenizer implements Tokenizer {
  static final String KIND = "characters";

  private final Vocabulary vocabulary;

  private CharacterTokenizer(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
  }

  /**
   * The tokeniser of the characters of texts.
   *
   * @throws IllegalArgumentException if a special token is a single character, which it would take
   *     the place of
   */
  public static CharacterTokenizer learn(VocabularyRules rules, Iterable<String> texts) {
    Map<String, Long> counts = new HashMap<>();
    for (String text : texts) {
      text.codePoints().forEach(c -> counts.merge(Character.toString(c), 1L, Long::sum));
    }
    return new CharacterTokenizer(requireCharacters(Vocabulary.of(counts, rules)));
  }

  static CharacterTokenizer restored(Settings settings) {
    return new CharacterTokenizer(requireCharacters(settings.vocabulary()));
  }

  /** Characters after the special tokens, which are none. */
  static Vocabulary requireCharacters(Vocabulary vocabulary) {
    for (int id = 0; id < vocabulary.size(); id++) {
      String token = vocabulary.token(id);
      boolean character = token.codePointCount(0, token.length()) == 1;
      if (character == vocabulary.isSpecial(id)) {
        throw new IllegalArgumentException(
            vocabulary.isSpecial(id)
                ? "characters: special token '%s' is a character".formatted(token)
                : "characters: '%s' is no character".formatted(token));
      }
    }
    return vocabulary;
  }

  @Override
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  @Override
  public int[] encode(String text) {
    return encode(text, vocabulary);
  }

  /** The numbers of a text's characters. */
  static int[] encode(String text, Vocabulary vocabulary) {
    int[] ids = new int[text.length()];
    int count = 0;
    for (int i = 0, c; i < text.length(); i += Character.charCount(c)) {
      c = text.codePointAt(i);
      int id = vocabulary.find(Character.toString(c));
      if (id < 0) {
        throw new IllegalArgumentException(
            "characters: '%s' (U+%04X) is not in the vocabulary, and there is no unknown token"
                .formatted(Character.toString(c), c));
      }
      ids[count++] = id;
    }
    return Arrays.copyOf(ids, count);
  }

  @Override
  public String decode(int... tokens) {
    StringBuilder text = new StringBuilder();
    for (int token : tokens) {
      text.append(vocabulary.token(token));
    }
    return text.toString();
  }

  @Override
  public Map<String, String> settings() {
    return Settings.of(KIND).with(vocabulary).texts();
  }
}
