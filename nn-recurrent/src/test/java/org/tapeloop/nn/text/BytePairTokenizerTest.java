package org.tapeloop.nn.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class BytePairTokenizerTest {
  private static final VocabularyRules SMALL = VocabularyRules.ALL.maxSize(300);

  private static List<String> tokens(Tokenizer tokenizer, String text) {
    return IntStream.of(tokenizer.encode(text)).mapToObj(tokenizer.vocabulary()::token).toList();
  }

  /** Words of a few letters, frequent ones and rare ones, some in two scripts. */
  private static String randomText(long seed, int words) {
    Random random = new Random(seed);
    String letters = "aabbcdéж漢";
    StringBuilder text = new StringBuilder();
    for (int w = 0; w < words; w++) {
      int length = 1 + random.nextInt(6);
      for (int i = 0; i < length; i++) {
        text.append(letters.charAt((int) (letters.length() * Math.pow(random.nextDouble(), 2))));
      }
      text.append(random.nextInt(8) == 0 ? ", " : random.nextInt(9) == 0 ? "\n  " : " ");
    }
    return text.toString();
  }

  /** The paper's algorithm in its plainest form: all pairs are counted again for each merge. */
  private static final class Plain {
    private final List<List<String>> merges = new ArrayList<>();
    private final Map<List<String>, Long> pieces = new HashMap<>();

    Plain(String text, List<String> alphabet, int merged) {
      Pieces.cut(
          text,
          piece ->
              pieces.merge(
                  piece.codePoints().mapToObj(Character::toString).toList(), 1L, Long::sum));
      List<String> tokens = new ArrayList<>(alphabet);
      while (tokens.size() < alphabet.size() + merged) {
        List<String> best = best(tokens);
        if (best.isEmpty()) {
          return;
        }
        if (!merges.contains(best)) {
          merges.add(best);
        }
        String together = best.get(0) + best.get(1);
        if (!tokens.contains(together)) {
          tokens.add(together);
        }
        Map<List<String>, Long> next = new HashMap<>();
        pieces.forEach((piece, count) -> next.merge(merged(piece, best, true), count, Long::sum));
        pieces.clear();
        pieces.putAll(next);
      }
    }

    private List<String> best(List<String> tokens) {
      Map<List<String>, Long> counts = new HashMap<>();
      pieces.forEach(
          (piece, count) -> {
            for (int i = 0; i + 1 < piece.size(); i++) {
              counts.merge(List.copyOf(piece.subList(i, i + 2)), count, Long::sum);
            }
          });
      long most = counts.values().stream().mapToLong(c -> c).max().orElse(0);
      Map<Long, List<String>> ties = new TreeMap<>();
      counts.forEach(
          (pair, count) -> {
            if (count == most) {
              long order = 100_000L * tokens.indexOf(pair.get(0)) + tokens.indexOf(pair.get(1));
              ties.put(order, pair);
            }
          });
      return most < 2 ? List.of() : ties.values().iterator().next();
    }

    private static List<String> merged(List<String> piece, List<String> pair, boolean everywhere) {
      List<String> out = new ArrayList<>(piece);
      for (int i = 0; i + 1 < out.size(); i++) {
        if (out.subList(i, i + 2).equals(pair)) {
          out.set(i, pair.get(0) + pair.get(1));
          out.remove(i + 1);
          if (!everywhere) {
            break;
          }
        }
      }
      return out;
    }

    List<String> encode(String text) {
      List<String> all = new ArrayList<>();
      Pieces.cut(
          text,
          piece -> {
            List<String> now = piece.codePoints().mapToObj(Character::toString).toList();
            for (int m = 0; m < merges.size(); m++) {
              List<String> next = merged(now, merges.get(m), false);
              if (!next.equals(now)) {
                now = next;
                m = -1;
              }
            }
            all.addAll(now);
          });
      return all;
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void mergesAreThoseOfThePlainAlgorithm(long seed) {
    String text = randomText(seed, 400);
    VocabularyRules rules = VocabularyRules.ALL.maxSize(14 + 60);
    BytePairTokenizer tokenizer =
        BytePairTokenizer.learn(Alphabet.CHARACTERS, rules, List.of(text));
    List<String> alphabet =
        tokenizer.vocabulary().tokens().stream()
            .filter(token -> token.codePointCount(0, token.length()) == 1)
            .toList();
    Plain plain = new Plain(text, alphabet, 74 - alphabet.size());
    String unseen = randomText(seed + 100, 100);
    assertEquals(plain.encode(text), tokens(tokenizer, text));
    assertEquals(plain.encode(unseen), tokens(tokenizer, unseen));
  }

  @Test
  void thePapersWordsMergeAsInThePaper() {
    // Figure 1 of Sennrich et al., where r and the end of a word merge first; here ends are no
    // symbols, so that the merges are those inside the words.
    String text = " low".repeat(5) + " lower".repeat(2) + " newest".repeat(6) + " widest".repeat(3);
    BytePairTokenizer tokenizer =
        BytePairTokenizer.learn(
            Alphabet.CHARACTERS, VocabularyRules.ALL.maxSize(11 + 2), List.of(text));
    assertEquals(List.of("es", "est"), tokenizer.vocabulary().tokens().subList(11, 13));
    assertEquals(List.of(" ", "l", "o", "w", "est"), tokens(tokenizer, " lowest"));
  }

  @ParameterizedTest
  @EnumSource(Alphabet.class)
  void textComesBackAsItWas(Alphabet alphabet) {
    String text = randomText(7, 300) + "\t\r\n  \u00a0 x 12 3a !?… 😀é\u0301 \u2028";
    Tokenizer tokenizer = BytePairTokenizer.learn(alphabet, SMALL.special("<pad>"), List.of(text));
    assertEquals(text, tokenizer.decode(tokenizer.encode(text)));
    assertEquals("", tokenizer.decode(tokenizer.encode("")));
    assertTrue(tokenizer.encode(text).length < text.length());
  }

  @Test
  void bytesLeaveNothingUnknown() {
    Tokenizer tokenizer = BytePairTokenizer.learn(Alphabet.BYTES, SMALL, List.of("plain words"));
    Random random = new Random(3);
    for (int i = 0; i < 200; i++) {
      StringBuilder text = new StringBuilder();
      for (int c = 0; c < 30; c++) {
        int codePoint = random.nextInt(Character.MAX_CODE_POINT + 1);
        boolean surrogate = codePoint <= 0xFFFF && Character.isSurrogate((char) codePoint);
        text.appendCodePoint(surrogate ? ' ' : codePoint);
      }
      assertEquals(text.toString(), tokenizer.decode(tokenizer.encode(text.toString())));
    }
  }

  @Test
  void unknownCharactersAreTheUnknownTokenAndMergeWithNothing() {
    VocabularyRules rules = VocabularyRules.ALL.unknown("<unk>").minCount(3).maxSize(40);
    Tokenizer tokenizer =
        BytePairTokenizer.learn(Alphabet.CHARACTERS, rules, List.of("axb axb ayb axb ayb axb axb"));
    assertEquals(List.of("a", "<unk>", "b"), tokens(tokenizer, "ayb"));
    assertEquals("a<unk>b", tokenizer.decode(tokenizer.encode("azb")));
  }

  @Test
  void tokensNeverReachFromWordToWord() {
    Tokenizer tokenizer =
        BytePairTokenizer.learn(
            Alphabet.CHARACTERS, VocabularyRules.ALL, List.of("of the of the of the of the"));
    assertEquals(List.of("of", " the", " of", " the"), tokens(tokenizer, "of the of the"));
  }

  @Test
  void textNeverGivesASpecialToken() {
    VocabularyRules rules = SMALL.special("<s>");
    Tokenizer tokenizer =
        BytePairTokenizer.learn(Alphabet.BYTES, rules, List.of("<s> <s> <s> <s> <s>"));
    for (int id : tokenizer.encode("<s> <s>")) {
      assertFalse(tokenizer.vocabulary().isSpecial(id));
    }
    assertEquals("<s>", tokenizer.decode(0));
  }

  @Test
  void orderOfTextsAndPiecesDoesNotMatter() {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      texts.add(randomText(i, 50));
    }
    Tokenizer one = BytePairTokenizer.learn(Alphabet.BYTES, SMALL, texts);
    Tokenizer other = BytePairTokenizer.learn(Alphabet.BYTES, SMALL, texts.reversed());
    assertEquals(one.settings(), other.settings());
  }

  @ParameterizedTest
  @EnumSource(Alphabet.class)
  void aRestoredTokenizerIsTheSame(Alphabet alphabet) {
    String text = randomText(11, 300) + " back\\slash \\n \n\n";
    VocabularyRules rules = SMALL.special("<pad>", "two\nlines\\").unknown("<unk>");
    Tokenizer tokenizer = BytePairTokenizer.learn(alphabet, rules, List.of(text));
    Tokenizer restored = Tokenizer.restore(tokenizer.settings());
    assertEquals(tokenizer.vocabulary(), restored.vocabulary());
    assertArrayEquals(tokenizer.encode(text), restored.encode(text));
    assertEquals(tokenizer.settings(), restored.settings());
  }

  @Test
  void damagedSettingsAreRefused() {
    Map<String, String> settings =
        BytePairTokenizer.learn(Alphabet.BYTES, SMALL.special("<s>"), List.of("aa aa aa"))
            .settings();
    refused(settings, "merges", "1 x\n", "merge '1 x' has no meaning");
    refused(settings, "merges", "0 1\n", "is not in it");
    refused(settings, "merges", "5 9999\n", "9999 is not in 0..");
    refused(settings, "alphabet", "RUNES", "'alphabet' has no meaning: 'RUNES'");
    refused(settings, "tokens", "<s>\na\nb\naa\n", "byte 0 is missing");
    refused(settings, "kind", "sentences", "there is no kind 'sentences'");
    refused(settings, "specials", "many", "'specials' is no number: 'many'");
    refused(settings, "unknown", "7", "number 7 the unknown one");
  }

  private static void refused(
      Map<String, String> settings, String key, String value, String message) {
    Map<String, String> damaged = new LinkedHashMap<>(settings);
    damaged.put(key, value);
    var thrown = assertThrows(IllegalArgumentException.class, () -> Tokenizer.restore(damaged));
    assertTrue(thrown.getMessage().contains(message), thrown.getMessage());
  }

  @Test
  void aVocabularyWithoutRoomForTheBytesIsRefused() {
    var thrown =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                BytePairTokenizer.learn(
                    Alphabet.BYTES, VocabularyRules.ALL.maxSize(100), List.of("a")));
    assertEquals(
        "byte pairs: a vocabulary of 100 has no room for 0 special tokens and 256 bytes",
        thrown.getMessage());
  }
}
