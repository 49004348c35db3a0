package org.tapeloop.nn.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.tapeloop.nn.text.MergeRules.Rule;

/**
 * Frequent words are one token, rare ones several: pairs of neighbouring tokens that were most
 * frequent in a text have become tokens, and in encoding they do so in the same order.
 *
 * <p>Text is cut into pieces first, runs of letters, digits or marks with the one space before
 * them, 64 characters at most, and no token reaches across. Known text comes back as it was; with
 * {@link Alphabet#BYTES} all text is known (half a surrogate pair is no text, and becomes a
 * question mark). Special tokens never arise from text.
 *
 * <p>Of pairs equally frequent that with the smaller number on the left, then on the right, is
 * merged first. Two pairs may give the same token. In a vocabulary of bytes, a token's text has one
 * character for each byte, that of the same number.
 *
 * <p>Source: Sennrich, Haddow and Birch 2016, arXiv 1508.07909, where a word's end is a symbol and
 * spaces belong to no token; here the space before a word belongs to it. Bytes and pieces: Radford
 * et al. 2019 (GPT-2), without its English contractions.
 */
public final class BytePairTokenizer implements Tokenizer {
  static final String KIND = "bytePairs";
  private static final String ALPHABET = "alphabet";
  private static final String MERGES = "merges";
  private static final int BYTES = 256;
  private static final int REMEMBERED = 1 << 17;

  private final Alphabet alphabet;
  private final Vocabulary vocabulary;
  private final MergeRules merges;

  private BytePairTokenizer(Alphabet alphabet, Vocabulary vocabulary, MergeRules merges) {
    this.alphabet = alphabet;
    this.vocabulary = vocabulary;
    this.merges = merges;
  }

  /**
   * Learns from texts until the vocabulary is full, or no pair occurs as often as the rules want
   * and at least twice. Characters are tokens of their own if the rules allow; special tokens and
   * the 256 bytes always are.
   *
   * @throws IllegalArgumentException if there is no room for the bytes, characters are left out
   *     where there is no unknown token for them, or a special token is a single symbol
   */
  public static BytePairTokenizer learn(
      Alphabet alphabet, VocabularyRules rules, Iterable<String> texts) {
    Map<String, Long> pieces = new HashMap<>();
    for (String text : texts) {
      Pieces.cut(text, piece -> pieces.merge(alphabet.symbols(piece), 1L, Long::sum));
    }
    Vocabulary base =
        switch (alphabet) {
          case BYTES -> bytes(rules);
          case CHARACTERS -> characters(rules, pieces);
        };
    MergeLearner learner = new MergeLearner(base, pieces);
    learner.run(rules.maxSize(), Math.max(2, rules.minCount()));
    return new BytePairTokenizer(alphabet, learner.vocabulary(), learner.rules());
  }

  private static Vocabulary bytes(VocabularyRules rules) {
    int needed = rules.special().size() + BYTES;
    if (rules.maxSize() < needed) {
      throw new IllegalArgumentException(
          "byte pairs: a vocabulary of %d has no room for %d special tokens and %d bytes"
              .formatted(rules.maxSize(), rules.special().size(), BYTES));
    }
    List<String> tokens = new ArrayList<>(rules.special());
    IntStream.range(0, BYTES).forEach(b -> tokens.add(Character.toString(b)));
    return CharacterTokenizer.requireCharacters(
        Vocabulary.ordered(tokens, rules.special().size(), rules.unknownId()));
  }

  private static Vocabulary characters(VocabularyRules rules, Map<String, Long> pieces) {
    Map<String, Long> counts = new HashMap<>();
    pieces.forEach(
        (piece, count) ->
            piece.codePoints().forEach(c -> counts.merge(Character.toString(c), count, Long::sum)));
    return CharacterTokenizer.requireCharacters(Vocabulary.of(counts, rules));
  }

  static BytePairTokenizer restored(Settings settings) {
    Alphabet alphabet = settings.constant(ALPHABET, Alphabet.class);
    Vocabulary vocabulary = settings.vocabulary();
    for (int b = 0; alphabet == Alphabet.BYTES && b < BYTES; b++) {
      if (!vocabulary.contains(Character.toString(b))) {
        throw new IllegalArgumentException("tokenizer: byte %d is missing".formatted(b));
      }
    }
    MergeRules merges = new MergeRules();
    settings.text(MERGES).lines().forEach(line -> addMerge(line, vocabulary, merges));
    return new BytePairTokenizer(alphabet, vocabulary, merges);
  }

  private static void addMerge(String line, Vocabulary vocabulary, MergeRules merges) {
    try {
      String[] pair = line.split(" ", 2);
      int left = Integer.parseInt(pair[0]);
      int right = Integer.parseInt(pair[pair.length - 1]);
      int merged = vocabulary.id(vocabulary.token(left) + vocabulary.token(right));
      if (vocabulary.isSpecial(left)
          || vocabulary.isSpecial(right)
          || vocabulary.isSpecial(merged)) {
        throw new IllegalArgumentException("special tokens don't merge");
      }
      merges.add(left, right, merged);
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException(
          "tokenizer: merge '%s' has no meaning: %s".formatted(line, e.getMessage()), e);
    }
  }

  @Override
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  @Override
  public int[] encode(String text) {
    // Most of a text is a few thousand words again and again.
    Map<String, int[]> seen = new HashMap<>();
    IntStream.Builder ids = IntStream.builder();
    Pieces.cut(
        text,
        piece -> {
          int[] tokens = seen.get(piece);
          if (tokens == null) {
            tokens = merges.apply(CharacterTokenizer.encode(alphabet.symbols(piece), vocabulary));
            if (seen.size() < REMEMBERED) {
              seen.put(piece, tokens);
            }
          }
          for (int token : tokens) {
            ids.add(token);
          }
        });
    return ids.build().toArray();
  }

  @Override
  public String decode(int... tokens) {
    StringBuilder text = new StringBuilder();
    for (int token : tokens) {
      String written = vocabulary.token(token);
      text.append(vocabulary.isSpecial(token) ? alphabet.symbols(written) : written);
    }
    return switch (alphabet) {
      case BYTES ->
          new String(text.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
      case CHARACTERS -> text.toString();
    };
  }

  @Override
  public Map<String, String> settings() {
    StringBuilder lines = new StringBuilder();
    for (Rule rule : merges.all()) {
      lines.append(rule.left()).append(' ').append(rule.right()).append('\n');
    }
    return Settings.of(KIND)
        .with(vocabulary)
        .with(ALPHABET, alphabet.name())
        .with(MERGES, lines.toString())
        .texts();
  }
}
