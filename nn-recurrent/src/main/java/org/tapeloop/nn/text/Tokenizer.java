package org.tapeloop.nn.text;

import java.util.Map;

/**
 * Text as a sequence of numbers, and back.
 *
 * <pre>{@code
 * Tokenizer tokenizer = BytePairTokenizer.learn(Alphabet.BYTES, rules.maxSize(8_000), texts);
 * int[] tokens = tokenizer.encode(text);
 * Checkpoint checkpoint = run.capture().withTokenizer("text", tokenizer);
 * }</pre>
 *
 * <p>Tokenisers don't change, and several threads may use one. The same texts and rules give the
 * same tokeniser on every machine.
 */
public sealed interface Tokenizer permits CharacterTokenizer, WordTokenizer, BytePairTokenizer {

  /** The tokens. */
  Vocabulary vocabulary();

  /**
   * The tokens of a text.
   *
   * @throws IllegalArgumentException if something in it is not in the vocabulary, and there is no
   *     unknown token for that
   */
  int[] encode(String text);

  /**
   * The text of tokens. Special tokens stand in it by name.
   *
   * @throws IndexOutOfBoundsException if one is not in the vocabulary
   */
  String decode(int... tokens);

  /** All that {@link #restore} needs to make the same tokeniser again: short keys, and text. */
  Map<String, String> settings();

  /**
   * The tokeniser that has these {@link #settings}.
   *
   * @throws IllegalArgumentException naming what is missing or makes no sense
   */
  static Tokenizer restore(Map<String, String> settings) {
    Settings given = new Settings(settings);
    String kind = given.text(Settings.KIND);
    return switch (kind) {
      case CharacterTokenizer.KIND -> CharacterTokenizer.restored(given);
      case WordTokenizer.KIND -> WordTokenizer.restored(given);
      case BytePairTokenizer.KIND -> BytePairTokenizer.restored(given);
      default -> throw new IllegalArgumentException("tokenizer: there is no kind '" + kind + "'");
    };
  }
}
