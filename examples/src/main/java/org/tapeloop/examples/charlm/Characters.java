package org.tapeloop.examples.charlm;

import java.util.Map;
import org.tapeloop.examples.experiment.Notes;
import org.tapeloop.examples.language.Symbols;
import org.tapeloop.examples.text.Vocabulary;

/** Characters as symbols. */
record Characters(Vocabulary vocabulary) implements Symbols {
  private static final String VOCABULARY = "vocabulary";

  /** Those that a checkpoint keeps. */
  static Characters of(Notes notes) {
    return new Characters(Vocabulary.of(notes.text(VOCABULARY)));
  }

  @Override
  public int size() {
    return vocabulary.size();
  }

  @Override
  public int[] encode(String text) {
    return vocabulary.encode(text);
  }

  @Override
  public String text(int symbol, int before) {
    return vocabulary.decode(symbol);
  }

  @Override
  public Map<String, String> notes() {
    return Map.of(VOCABULARY, vocabulary.symbols());
  }

  @Override
  public String beginning() {
    return vocabulary.contains('\n') ? "\n" : vocabulary.decode(0);
  }
}
