package org.tapeloop.nn.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class TokenizerTest {
  private static final VocabularyRules RULES =
      VocabularyRules.ALL.special("<pad>").unknown("<unk>");

  private static void refused(String message, Executable body) {
    var thrown = assertThrows(IllegalArgumentException.class, body);
    assertTrue(thrown.getMessage().contains(message), thrown.getMessage());
  }

  // ---- vocabularies ----

  @Test
  void specialTokensComeFirstThenTheMostFrequentOfEqualsTheSmaller() {
    Vocabulary vocabulary =
        Vocabulary.of(Map.of("b", 3L, "a", 3L, "c", 9L, "<pad>", 50L, "d", 1L), RULES);
    assertEquals(List.of("<pad>", "<unk>", "c", "a", "b", "d"), vocabulary.tokens());
    assertEquals(2, vocabulary.specials());
    assertEquals(OptionalInt.of(1), vocabulary.unknown());
    assertEquals(3, vocabulary.id("a"));
    assertEquals(1, vocabulary.id("x"));
    assertTrue(vocabulary.isSpecial(0) && !vocabulary.isSpecial(2) && !vocabulary.isSpecial(-1));
    assertTrue(vocabulary.contains("d") && !vocabulary.contains("x"));
  }

  @Test
  void rareTokensAndThosePastTheSizeAreLeftOut() {
    Map<String, Long> counts = Map.of("a", 5L, "b", 4L, "c", 3L, "d", 2L);
    assertEquals(
        List.of("<pad>", "<unk>", "a", "b", "c"),
        Vocabulary.of(counts, RULES.minCount(3)).tokens());
    assertEquals(
        List.of("<pad>", "<unk>", "a", "b"), Vocabulary.of(counts, RULES.maxSize(4)).tokens());
  }

  @Test
  void rulesThatContradictThemselvesAreRefused() {
    refused("special token is given twice", () -> RULES.special("<pad>"));
    refused("at least 1, not 0", () -> RULES.minCount(0));
    refused("a size of 2 has no room beside 2 special tokens", () -> RULES.maxSize(2));
    refused("not among the special ones", () -> new VocabularyRules(List.of("a"), "b", 1, 9));
    refused("no valid text", () -> Vocabulary.of(Map.of("\ud800", 1L), RULES));
    assertEquals(
        "vocabulary: 2 is not in 0..1",
        assertThrows(IndexOutOfBoundsException.class, () -> Vocabulary.of(Map.of(), RULES).token(2))
            .getMessage());
  }

  // ---- characters ----

  @Test
  void eachCodePointIsACharacter() {
    Tokenizer tokenizer = CharacterTokenizer.learn(RULES, List.of("ab😀a", "b\na"));
    assertEquals(List.of("<pad>", "<unk>", "a", "b", "\n", "😀"), tokenizer.vocabulary().tokens());
    assertArrayEquals(new int[] {5, 2, 1, 4}, tokenizer.encode("😀az\n"));
    assertEquals("😀a<unk>\n", tokenizer.decode(5, 2, 1, 4));
  }

  @Test
  void anUnknownCharacterIsNamedWhereNothingStandsForIt() {
    Tokenizer tokenizer = CharacterTokenizer.learn(VocabularyRules.ALL, List.of("abc"));
    refused(
        "characters: 'é' (U+00E9) is not in the vocabulary, and there is no unknown token",
        () -> tokenizer.encode("abé"));
    refused(
        "special token '#' is a character",
        () -> CharacterTokenizer.learn(VocabularyRules.ALL.special("#"), List.of("abc")));
  }

  // ---- words ----

  @Test
  void wordsEndAtSpacesAloneOrAtMarksToo() {
    String text = "Don't stop-\tnow, naïve  x2!\n";
    assertEquals(
        List.of("Don't", "stop-", "now,", "naïve", "x2!"), words(WordSplitting.SPACED, text));
    assertEquals(
        List.of("don", "'", "t", "stop", "-", "now", ",", "naïve", "x2", "!", "<eos>"),
        words(WordSplitting.MARKED.inLowerCase().withEndOfLine("<eos>"), text));
  }

  private static List<String> words(WordSplitting splitting, String text) {
    Tokenizer tokenizer = WordTokenizer.learn(splitting, VocabularyRules.ALL, List.of(text));
    return Arrays.stream(tokenizer.encode(text)).mapToObj(tokenizer.vocabulary()::token).toList();
  }

  @Test
  void rareWordsAreTheUnknownOneAndSoIsItsName() {
    Tokenizer tokenizer =
        WordTokenizer.learn(
            WordSplitting.SPACED.withEndOfLine("<eos>"),
            RULES.minCount(2),
            List.of("the cat\nthe dog <unk>\n"));
    assertEquals(List.of("<pad>", "<unk>", "<eos>", "the"), tokenizer.vocabulary().tokens());
    assertArrayEquals(new int[] {3, 1, 1, 2}, tokenizer.encode("the cat <unk>\n"));
    assertEquals("the <unk>\nthe", tokenizer.decode(3, 1, 2, 3));
  }

  @Test
  void wordsWrittenAndReadAgainAreTheSameTokens() {
    String text = "A line, (with) marks.\n\nAnother \"line\"\n";
    for (WordSplitting splitting :
        List.of(WordSplitting.SPACED, WordSplitting.MARKED.withEndOfLine("<eos>").inLowerCase())) {
      Tokenizer tokenizer = WordTokenizer.learn(splitting, VocabularyRules.ALL, List.of(text));
      int[] tokens = tokenizer.encode(text);
      assertArrayEquals(tokens, tokenizer.encode(tokenizer.decode(tokens)));
    }
  }

  @Test
  void anUnknownWordIsNamedWhereNothingStandsForIt() {
    Tokenizer tokenizer =
        WordTokenizer.learn(WordSplitting.SPACED, VocabularyRules.ALL, List.of("a b"));
    refused("words: 'c' is not in the vocabulary", () -> tokenizer.encode("a c"));
    refused("must not be blank", () -> WordSplitting.SPACED.withEndOfLine("\n"));
  }

  // ---- saved ----

  @Test
  void restoredTokenizersGiveTheSameNumbers() {
    String text = "Some \\text\\n of\nlines, and more lines\n";
    for (Tokenizer tokenizer :
        List.of(
            CharacterTokenizer.learn(RULES, List.of(text)),
            WordTokenizer.learn(WordSplitting.SPACED, RULES, List.of(text)),
            WordTokenizer.learn(
                WordSplitting.MARKED.inLowerCase().withEndOfLine("<eos>"), RULES, List.of(text)))) {
      Tokenizer restored = Tokenizer.restore(tokenizer.settings());
      assertEquals(tokenizer.getClass(), restored.getClass());
      assertEquals(tokenizer.vocabulary(), restored.vocabulary());
      assertArrayEquals(tokenizer.encode(text), restored.encode(text));
      assertEquals(tokenizer.settings(), restored.settings());
    }
  }

  @Test
  void settingsThatLackSomethingAreRefused() {
    refused("tokenizer: 'kind' is missing", () -> Tokenizer.restore(Map.of()));
    refused(
        "tokenizer: 'tokens' is missing", () -> Tokenizer.restore(Map.of("kind", "characters")));
    refused(
        "'ab' is no character",
        () ->
            Tokenizer.restore(
                Map.of("kind", "characters", "tokens", "ab\n", "specials", "0", "unknown", "-1")));
  }
}
