package org.tapeloop.examples.seq2seq;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tapeloop.autograd.Generator;
import org.tapeloop.examples.cell.CellStack;
import org.tapeloop.examples.experiment.Notes;
import org.tapeloop.examples.files.PngFile;
import org.tapeloop.examples.language.TokenizerNotes;
import org.tapeloop.nn.text.Tokenizer;

/**
 * Tokens on both sides, and what a network makes of a text.
 *
 * @param source of what is read
 * @param target of what is written
 */
record Rewriting(Tokenizer source, Tokenizer target) {
  private static final String SOURCE = "source.";
  private static final String TARGET = "target.";

  /** What is written is at most so many times as long as what is read, and so many tokens more. */
  private static final int LONGER = 3;

  private static final int MORE = 10;

  /** Tokens written by a network that does not find an end yet are not all drawn. */
  private static final int MOST_DRAWN = 40;

  /** The tokens of pairs to learn from. */
  static Rewriting of(List<Pair> pairs, Units source, Units target) {
    return new Rewriting(
        source.learn(pairs.stream().map(Pair::source).toList()),
        target.learn(pairs.stream().map(Pair::target).toList()));
  }

  /** Those that a checkpoint keeps. */
  static Rewriting of(Notes notes) {
    return new Rewriting(
        TokenizerNotes.restore(notes, SOURCE), TokenizerNotes.restore(notes, TARGET));
  }

  /** What a checkpoint keeps. */
  Map<String, String> notes() {
    Map<String, String> notes = TokenizerNotes.of(source, SOURCE);
    notes.putAll(TokenizerNotes.of(target, TARGET));
    return notes;
  }

  /** A network over these tokens with fresh parameters. */
  Network<?> network(CellStack.Sizes cells, int embeddingSize, Generator initial, Generator masks) {
    return Network.create(
        new Network.Sizes(
            cells, embeddingSize, source.vocabulary().size(), target.vocabulary().size()),
        initial,
        masks);
  }

  /** The text that a network writes. */
  String rewritten(Network<?> network, String text) {
    return target.decode(written(network, text).tokens());
  }

  /**
   * Draws where a network looks as it rewrites texts.
   *
   * @throws org.tapeloop.examples.files.Failure if the file cannot be written
   */
  void draw(Network<?> network, List<String> texts, Path file) {
    List<AttentionPicture.Sheet> sheets = new ArrayList<>();
    for (String text : texts) {
      Network.Written written = written(network, text);
      List<String> rows = names(target, Units.behind(written.tokens()));
      int drawn = Math.min(rows.size(), MOST_DRAWN);
      sheets.add(
          new AttentionPicture.Sheet(
              names(source, Units.between(source, text)),
              rows.subList(0, drawn),
              written.weights().slice(0, 0, drawn).toDoubleArray()));
    }
    PngFile.write(file, AttentionPicture.draw(sheets));
  }

  private Network.Written written(Network<?> network, String text) {
    int[] tokens = Units.between(source, text);
    return network.write(tokens, LONGER * tokens.length + MORE);
  }

  private static List<String> names(Tokenizer tokenizer, int[] tokens) {
    List<String> names = new ArrayList<>();
    for (int token : tokens) {
      String name = tokenizer.vocabulary().token(token);
      names.add(token == Units.END ? "\u25c7" : name.isBlank() ? "\u2423" : name);
    }
    return names;
  }
}
