package org.tapeloop.examples.melody;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.cell.CellStack;
import org.tapeloop.examples.cli.AdamOptions;
import org.tapeloop.examples.experiment.BatchLoss;
import org.tapeloop.examples.experiment.Experiment;
import org.tapeloop.examples.experiment.Metric;
import org.tapeloop.examples.experiment.Outline;
import org.tapeloop.examples.experiment.Parts;
import org.tapeloop.examples.language.TokenNetwork;
import org.tapeloop.nn.SequenceLoss;
import org.tapeloop.nn.data.Batches;
import org.tapeloop.nn.data.Padded;
import org.tapeloop.nn.decoding.Sampler;

/** A recurrent model that learns to predict the next token of a piece, whole pieces at a time. */
final class Melody implements Experiment {
  /** Where a checkpoint keeps the tokens that its model knows, and what they mean. */
  static final String TOKENS = "tokens";

  static final String NOTATION = "notation";

  private static final Metric METRIC =
      new Metric("bits per token", "bits/token", "tokens", "tokens", loss -> loss / Math.log(2));

  private static final long DEFAULT_STEPS = 1500;

  /** Batches whose pieces are sorted by length together. */
  private static final int BUCKETS = 8;

  /** Pieces made up at a time when a model shows what it can. */
  private static final int SAMPLES = 20;

  /**
   * What makes a run what it is.
   *
   * @param layers of the model
   * @param embeddingSize features of a token
   * @param longest pieces are cut after so many tokens
   * @param batch pieces side by side
   * @param seed of all random numbers
   */
  record Settings(CellStack.Sizes layers, int embeddingSize, int longest, int batch, long seed) {
    /** A model with fresh parameters. */
    TokenNetwork<?> model(int symbols, Generator initial, Generator masks) {
      return TokenNetwork.create(layers, embeddingSize, symbols, initial, masks);
    }
  }

  private final Settings settings;
  private final Songbook songbook;
  private final Tokens tokens;
  private final TokenNetwork<?> model;
  private final Generator masks;
  private final Sampler sampling;
  private final Batches<int[]> training;
  private final List<int[]> heldOut;
  private final Outline outline;

  private Melody(
      Settings settings,
      Songbook songbook,
      Tokens tokens,
      TokenNetwork<?> model,
      Generator masks,
      AdamOptions optimiser,
      Sampler sampling) {
    this.settings = settings;
    this.songbook = songbook;
    this.tokens = tokens;
    this.model = model;
    this.masks = masks;
    this.sampling = sampling;
    // A seed that neither parameters nor masks have.
    long order = settings.seed() ^ 0x5DEECE66DL;
    training =
        Batches.bucketed(
            encoded(songbook.training()), piece -> piece.length, settings.batch(), BUCKETS, order);
    heldOut = encoded(songbook.validation());
    outline =
        new Outline(
            settings.layers().toString(),
            description(songbook, tokens),
            songbook.digest(),
            METRIC,
            model,
            steps -> optimiser.recipe(model.parameters(), steps),
            training.count(),
            DEFAULT_STEPS);
  }

  private List<int[]> encoded(List<List<String>> pieces) {
    List<int[]> encoded = new ArrayList<>();
    for (List<String> piece : pieces) {
      encoded.add(tokens.encode(piece.subList(0, Math.min(piece.size(), settings.longest()))));
    }
    return encoded;
  }

  /**
   * A model at the start of its training.
   *
   * @param sampling for the pieces made up during training
   */
  static Melody create(
      Settings settings, Songbook songbook, AdamOptions optimiser, Sampler sampling) {
    Tokens tokens = songbook.tokens();
    // Two seeds, so that what is dropped has nothing to do with the parameters at the start.
    Generator initial = new Generator(settings.seed());
    Generator masks = new Generator(~settings.seed());
    TokenNetwork<?> model = settings.model(tokens.size(), initial, masks);
    return new Melody(settings, songbook, tokens, model, masks, optimiser, sampling);
  }

  @Override
  public Outline outline() {
    return outline;
  }

  private static String description(Songbook songbook, Tokens tokens) {
    return "%s: %,d pieces to learn from, transposed ones included, %,d held out, %d different tokens"
        .formatted(
            songbook.name(),
            songbook.training().size(),
            songbook.validation().size(),
            tokens.size() - 1);
  }

  @Override
  public BatchLoss next() {
    if (!training.hasNext()) {
      training.nextPass();
    }
    Scored scored = score(training.next());
    return BatchLoss.of(scored.mean, scored.count);
  }

  /**
   * A mean loss.
   *
   * @param count of the tokens that it is a mean over, ends included
   */
  private record Scored(Tensor mean, long count) {}

  /** The loss of each token of pieces, and of their ends, given what stands before. */
  private Scored score(List<int[]> pieces) {
    List<int[]> read = new ArrayList<>();
    List<int[]> wanted = new ArrayList<>();
    long count = 0;
    for (int[] piece : pieces) {
      int[] before = new int[piece.length + 1];
      int[] after = new int[piece.length + 1];
      System.arraycopy(piece, 0, before, 1, piece.length);
      System.arraycopy(piece, 0, after, 0, piece.length);
      before[0] = Tokens.EDGE;
      after[piece.length] = Tokens.EDGE;
      read.add(before);
      wanted.add(after);
      count += after.length;
    }
    Padded<IntTensor> inputs = Padded.ofTokens(read, Tokens.EDGE);
    IntTensor targets = Padded.ofTokens(wanted, Tokens.EDGE).values();
    // No lengths for the layers: what a model makes of padding is masked, and nothing follows it.
    Tensor scores = model.forward(inputs.values(), null).output();
    return new Scored(SequenceLoss.crossEntropy(scores, targets, inputs.lengths()), count);
  }

  @Override
  public double validate() {
    double sum = 0;
    long count = 0;
    for (int from = 0; from < heldOut.size(); from += settings.batch()) {
      int to = Math.min(heldOut.size(), from + settings.batch());
      Scored scored = score(heldOut.subList(from, to));
      sum += scored.mean.item() * scored.count;
      count += scored.count;
    }
    return sum / count;
  }

  @Override
  public Optional<String> sample(long step) {
    if (songbook.notation() == Songbook.Notation.CHORALE) {
      return Optional.of(String.join(" ", samples(step, 1, false).getFirst()));
    }
    List<List<String>> kept = samples(step, SAMPLES, true).stream().filter(Songs::isRight).toList();
    long free = samples(step, SAMPLES, false).stream().filter(Songs::isRight).count();
    return Optional.of(
        (kept.isEmpty() ? "" : Songs.text(kept.getFirst()).strip())
            + Songs.tally(kept.size(), SAMPLES)
            + " (%d of %d drawn freely)".formatted(free, SAMPLES));
  }

  private List<List<String>> samples(long step, int count, boolean keepsBars) {
    // Streams of negative numbers are never handed out by a generator.
    RandomStream random = new RandomStream(settings.seed(), -1 - step);
    return new MelodyWriter(model, tokens, keepsBars)
        .write(List.of(), count, settings.longest(), sampling, random);
  }

  @Override
  public void declare(Parts parts) {
    parts
        .generator("masks", masks)
        .part("batches", training)
        .note(TOKENS, tokens.text())
        .note(NOTATION, songbook.notation().name());
  }
}
