package org.tapeloop.examples.wordlm;

import java.util.List;
import java.util.Map;
import org.tapeloop.examples.experiment.Notes;
import org.tapeloop.examples.language.Symbols;
import org.tapeloop.examples.language.TokenText;
import org.tapeloop.examples.language.TokenizerNotes;
import org.tapeloop.examples.text.Corpus;
import org.tapeloop.nn.text.Tokenizer;
import org.tapeloop.nn.text.VocabularyRules;
import org.tapeloop.nn.text.WordSplitting;
import org.tapeloop.nn.text.WordTokenizer;

/** Words as symbols; a line ends in one of its own. */
record Words(Tokenizer tokenizer) implements Symbols {
  static final String END = "<eos>";
  private static final String UNKNOWN = "<unk>";
  private static final String NOTE = "tokenizer.";

  /**
   * The words of a text that occur most often.
   *
   * @param splitting where words begin and end
   * @param most how many, unknown words and ends of lines included
   */
  static Words of(String text, WordSplitting splitting, int most) {
    VocabularyRules rules = VocabularyRules.ALL.special(END).unknown(UNKNOWN).maxSize(most);
    return new Words(WordTokenizer.learn(splitting.withEndOfLine(END), rules, List.of(text)));
  }

  /**
   * Those that a checkpoint keeps.
   *
   * @throws org.tapeloop.examples.files.Failure if it keeps none
   */
  static Words of(Notes notes) {
    return new Words(TokenizerNotes.restore(notes, NOTE));
  }

  /**
   * A corpus in these words. The held-out part begins with the end of a line, so that its first
   * word is predicted too.
   */
  TokenText text(Corpus corpus) {
    int[] training = encode(corpus.training());
    int[] heldOut = encode("\n" + corpus.validation());
    return new TokenText(
        "%s: %,d words to learn from, %,d held out (ends of lines included), %,d different ones"
            .formatted(corpus.name(), training.length, heldOut.length - 1, size()),
        corpus.digest(),
        this,
        training,
        heldOut);
  }

  @Override
  public int size() {
    return tokenizer.vocabulary().size();
  }

  @Override
  public int[] encode(String text) {
    return tokenizer.encode(text);
  }

  @Override
  public String text(int symbol, int before) {
    boolean ends = symbol == end();
    return ends ? "\n" : (before == end() ? "" : " ") + tokenizer.vocabulary().token(symbol);
  }

  private int end() {
    return tokenizer.vocabulary().id(END);
  }

  @Override
  public Map<String, String> notes() {
    return TokenizerNotes.of(tokenizer, NOTE);
  }

  @Override
  public String beginning() {
    return "\n";
  }
}
