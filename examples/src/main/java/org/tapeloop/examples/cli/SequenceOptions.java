package org.tapeloop.examples.cli;

import picocli.CommandLine.Option;

/** How sequences of symbols or frames are learned from. */
public final class SequenceOptions {
  @Option(
      names = "--embedding",
      paramLabel = "N",
      defaultValue = "64",
      description =
          "Numbers that stand for a symbol: a character, a word, a token of a melody. Default:"
              + " ${DEFAULT-VALUE}.")
  private int embedding;

  @Option(
      names = "--sequence",
      paramLabel = "N",
      defaultValue = "32",
      description =
          "Symbols, or frames of music, through which errors are traced back at most. Default:"
              + " ${DEFAULT-VALUE}.")
  private int sequence;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "32",
      description =
          "Places of the text, or pieces of music, to learn from side by side. Default:"
              + " ${DEFAULT-VALUE}.")
  private int batch;

  /** Takes other numbers where the command line says nothing. */
  public void unlessGiven(Ranges ranges, int usualEmbedding, int usualSequence, int usualBatch) {
    embedding = ranges.given("--embedding") ? embedding : usualEmbedding;
    sequence = ranges.given("--sequence") ? sequence : usualSequence;
    batch = ranges.given("--batch") ? batch : usualBatch;
  }

  /** Refuses values out of range. */
  public void check(Ranges ranges) {
    ranges.requireUpTo("--embedding", Ranges.MOST_UNITS, embedding);
    ranges.requireUpTo("--sequence", Ranges.MOST_STEPS, sequence);
    ranges.requireUpTo("--batch", Ranges.MOST_SEQUENCES, batch);
  }

  /** Features of a symbol. */
  public int embedding() {
    return embedding;
  }

  /** Steps of a window. */
  public int sequence() {
    return sequence;
  }

  /** Sequences side by side. */
  public int batch() {
    return batch;
  }
}
