package org.tapeloop.examples.language;

import java.util.LinkedHashMap;
import java.util.Map;
import org.tapeloop.examples.experiment.Notes;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.nn.text.Tokenizer;

/** Tokenisers in the notes of checkpoints. */
public final class TokenizerNotes {
  private TokenizerNotes() {}

  /** The notes of a tokeniser; their keys begin with a prefix. */
  public static Map<String, String> of(Tokenizer tokenizer, String prefix) {
    Map<String, String> notes = new LinkedHashMap<>();
    tokenizer.settings().forEach((key, text) -> notes.put(prefix + key, text));
    return notes;
  }

  /**
   * The tokeniser of some notes.
   *
   * @throws Failure if there is none
   */
  public static Tokenizer restore(Notes notes, String prefix) {
    Map<String, String> settings = new LinkedHashMap<>();
    notes
        .texts()
        .forEach(
            (key, text) -> {
              if (key.startsWith(prefix)) {
                settings.put(key.substring(prefix.length()), text);
              }
            });
    try {
      return Tokenizer.restore(settings);
    } catch (IllegalArgumentException e) {
      throw new Failure(
          "%s: the checkpoint's vocabulary can't be read: %s"
              .formatted(notes.source(), e.getMessage()),
          e);
    }
  }
}
