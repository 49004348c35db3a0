package org.tapeloop.examples.seq2seq;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.cell.CellStack;
import org.tapeloop.examples.cli.AdamOptions;
import org.tapeloop.examples.experiment.BatchLoss;
import org.tapeloop.examples.experiment.Experiment;
import org.tapeloop.examples.experiment.Metric;
import org.tapeloop.examples.experiment.Outline;
import org.tapeloop.examples.experiment.Parts;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.nn.data.Batches;
import org.tapeloop.nn.data.Padded;

/** A network that learns to rewrite sequences. */
final class Rewriter implements Experiment {
  /** In the folder of a run: where the network looks. */
  static final String PICTURE = "attention.png";

  /** Where a checkpoint keeps a sequence to rewrite where nobody gives one. */
  static final String EXAMPLE = "example";

  private static final Metric METRIC =
      new Metric("nats per token", "nats/token", "tokens", "tokens", loss -> loss);

  private static final long DEFAULT_STEPS = 800;

  /** Batches whose pairs are sorted by length together. */
  private static final int POOL = 16;

  /** Pairs of a batch in validation. */
  private static final int JUDGED = 256;

  /** Held-out pairs that are rewritten when a network shows what it can, and those shown. */
  private static final int SAMPLES = 100;

  private static final int SHOWN = 6;
  private static final int DRAWN = 2;

  /**
   * What makes a run what it is.
   *
   * @param cells of the network
   * @param embeddingSize features of a token
   * @param longest pairs with a longer side are left out
   * @param batch pairs side by side
   * @param seed of all random numbers
   */
  record Settings(CellStack.Sizes cells, int embeddingSize, int longest, int batch, long seed) {}

  /** A pair as tokens between edges. */
  @SuppressWarnings("ArrayRecordComponent") // not compared
  private record Encoded(int[] source, int[] target) {}

  private final Settings settings;
  private final Rewriting rewriting;
  private final Generator masks;
  private final Network<?> network;
  private final List<Pair> heldOut;
  private final Batches<Encoded> training;
  private final List<Encoded> judged;
  private final Outline outline;

  /** A network at the start of its training. */
  Rewriter(Settings settings, Pairs pairs, Rewriting rewriting, AdamOptions optimiser) {
    this.settings = settings;
    this.rewriting = rewriting;
    heldOut = pairs.heldOut();
    // Two seeds, so that what is dropped has nothing to do with the parameters at the start.
    masks = new Generator(~settings.seed());
    network =
        rewriting.network(
            settings.cells(), settings.embeddingSize(), new Generator(settings.seed()), masks);
    List<Encoded> learned = encoded(pairs.training());
    judged = new ArrayList<>(encoded(heldOut));
    judged.sort(Comparator.comparingInt(pair -> pair.source().length));
    if (learned.isEmpty() || judged.isEmpty()) {
      throw new Failure(
          "%s: no pairs of up to %d tokens to learn from and hold out; --sequence allows longer ones"
              .formatted(pairs.name(), settings.longest()));
    }
    // A seed that neither parameters nor masks have.
    long order = settings.seed() ^ 0x5DEECE66DL;
    training =
        Batches.bucketed(learned, pair -> pair.source().length, settings.batch(), POOL, order);
    outline =
        new Outline(
            settings.cells() + " with attention",
            "%s: %,d pairs to learn from, %,d held out"
                .formatted(pairs.name(), learned.size(), judged.size()),
            pairs.digest(),
            METRIC,
            network,
            steps -> optimiser.recipe(network.parameters(), steps),
            training.count(),
            DEFAULT_STEPS);
  }

  private List<Encoded> encoded(List<Pair> pairs) {
    List<Encoded> encoded = new ArrayList<>();
    for (Pair pair : pairs) {
      int[] source = Units.between(rewriting.source(), pair.source());
      int[] target = Units.between(rewriting.target(), pair.target());
      if (Math.max(source.length, target.length) - 2 <= settings.longest()) {
        encoded.add(new Encoded(source, target));
      }
    }
    return encoded;
  }

  @Override
  public Outline outline() {
    return outline;
  }

  @Override
  public BatchLoss next() {
    if (!training.hasNext()) {
      training.nextPass();
    }
    List<Encoded> pairs = training.next();
    return BatchLoss.of(loss(pairs), predicted(pairs));
  }

  private Tensor loss(List<Encoded> pairs) {
    return network.loss(
        padded(pairs.stream().map(Encoded::source).toList()),
        padded(pairs.stream().map(Encoded::target).toList()));
  }

  private static Padded<IntTensor> padded(List<int[]> sequences) {
    return Padded.ofTokens(sequences, Units.END);
  }

  /** Tokens that are predicted: all but the edge at the start. */
  private static long predicted(List<Encoded> pairs) {
    return pairs.stream().mapToLong(pair -> pair.target().length - 1).sum();
  }

  @Override
  public double validate() {
    double sum = 0;
    for (int from = 0; from < judged.size(); from += JUDGED) {
      List<Encoded> pairs = judged.subList(from, Math.min(judged.size(), from + JUDGED));
      sum += loss(pairs).item() * predicted(pairs);
    }
    return sum / predicted(judged);
  }

  @Override
  public double estimateSteps() {
    return (double) judged.size() / settings.batch();
  }

  /** Held-out pairs, and how many of them are written without a fault. */
  @Override
  public Optional<String> sample(long step) {
    StringBuilder text = new StringBuilder();
    List<Pair> asked = heldOut.subList(0, Math.min(SAMPLES, heldOut.size()));
    int right = 0;
    for (int i = 0; i < asked.size(); i++) {
      Pair pair = asked.get(i);
      String written = rewriting.rewritten(network, pair.source());
      boolean same = written.equals(pair.target());
      right += same ? 1 : 0;
      if (i < SHOWN) {
        String correction = same ? "" : "   (" + pair.target() + ")";
        text.append("%s -> %s%s%n".formatted(pair.source(), written, correction));
      }
    }
    return Optional.of(
        text
            + "%d of %d held-out sequences written without a fault".formatted(right, asked.size()));
  }

  @Override
  public void illustrate(Path folder) {
    List<String> texts = heldOut.stream().limit(DRAWN).map(Pair::source).toList();
    rewriting.draw(network, texts, folder.resolve(PICTURE));
  }

  @Override
  public void declare(Parts parts) {
    parts.generator("masks", masks).part("batches", training);
    rewriting.notes().forEach(parts::note);
    parts.note(EXAMPLE, heldOut.getFirst().source());
  }
}
