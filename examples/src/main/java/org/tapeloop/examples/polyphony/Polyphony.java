package org.tapeloop.examples.polyphony;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.cell.CellStack;
import org.tapeloop.examples.cli.AdamOptions;
import org.tapeloop.examples.experiment.BatchLoss;
import org.tapeloop.examples.experiment.Experiment;
import org.tapeloop.examples.experiment.Metric;
import org.tapeloop.examples.experiment.Notes;
import org.tapeloop.examples.experiment.Outline;
import org.tapeloop.examples.experiment.Parts;
import org.tapeloop.examples.music.Frame;
import org.tapeloop.examples.music.PianoRoll;
import org.tapeloop.examples.music.Timing;
import org.tapeloop.nn.data.Batches;

/**
 * A recurrent model that learns to tell which keys sound in the next frame.
 *
 * <p>It learns from whole pieces, long ones in passages, those of about the same length together.
 * It is judged over all frames of all held-out pieces, each piece from its first frame to its last.
 */
final class Polyphony implements Experiment {
  /** The mean over frames of the sum over keys. */
  private static final Metric NATS_PER_FRAME =
      new Metric("nats per frame", "nats/frame", "frames", "frames", loss -> loss);

  /** Frames of a batch in validation, padding included. */
  private static final int VALIDATION_FRAMES = 16_384;

  /** Batches whose passages are sorted by length together. */
  private static final int POOL = 8;

  private static final int SAMPLE_LENGTH = 48;
  private static final double SAMPLE_TEMPERATURE = 0.8;

  private static final String FRAMES_PER_BEAT = "timing.frames_per_beat";
  private static final String FRAMES_PER_BAR = "timing.frames_per_bar";
  private static final String TEMPO = "timing.tempo";

  // Added to the seed: what is drawn for one purpose has nothing to do with the others.
  private static final long ORDER = 0x5DEECE66DL;
  private static final long SHIFTS = 0x2545F4914FL;

  /** About two minutes on two cores with the default model and data. */
  private static final long DEFAULT_STEPS = 2500;

  /** How often a key that never sounds is taken to have sounded. */
  private static final double RARELY = 0.02;

  /**
   * What makes a run what it is.
   *
   * @param layers of the model
   * @param joint whether a key depends on the lower keys of its frame
   * @param longest frames of a passage
   * @param batch passages side by side
   * @param transposition semitones that a passage is moved by at most, up or down, as far as it
   *     stays among the pitches of the training data
   * @param seed of all random numbers
   */
  record Settings(
      CellStack.Sizes layers, boolean joint, int longest, int batch, int transposition, long seed) {
    /** A model with fresh parameters. */
    RollNetwork<?> model(Generator initial, Generator masks) {
      return RollNetwork.create(layers, joint, initial, masks);
    }
  }

  private final Settings settings;
  private final MusicData data;
  private final RollNetwork<?> model;
  private final Generator masks;
  private final Batches<Passage> training;
  private final IntSummaryStatistics range;
  private final List<List<PianoRoll>> heldOut;
  private final Outline outline;

  private Polyphony(
      Settings settings,
      MusicData data,
      RollNetwork<?> model,
      Generator masks,
      AdamOptions optimiser) {
    this.settings = settings;
    this.data = data;
    this.model = model;
    this.masks = masks;
    range = data.range();
    training =
        Batches.bucketed(
            Passage.cut(data.training(), settings.longest()),
            Passage::length,
            settings.batch(),
            POOL,
            settings.seed() + ORDER);
    heldOut = batches(data.validation());
    outline =
        new Outline(
            settings.layers() + (settings.joint() ? ", joint" : ""),
            description(data),
            data.digest(),
            NATS_PER_FRAME,
            model,
            steps -> optimiser.recipe(model.parameters(), steps),
            training.count(),
            DEFAULT_STEPS);
  }

  /** A model at the start of its training. */
  static Polyphony create(Settings settings, MusicData data, AdamOptions optimiser) {
    // Two seeds, so that what is dropped has nothing to do with the parameters at the start.
    Generator initial = new Generator(settings.seed());
    Generator masks = new Generator(~settings.seed());
    RollNetwork<?> model = settings.model(initial, masks);
    model.expect(frequencies(data.training()));
    return new Polyphony(settings, data, model, masks, optimiser);
  }

  /** The logits of how often each key sounds [88]. */
  private static Tensor frequencies(List<PianoRoll> pieces) {
    double[] sounding = new double[Frame.KEYS];
    pieces.stream()
        .flatMap(piece -> piece.frames().stream())
        .forEach(frame -> frame.pitches().forEach(pitch -> sounding[pitch - Frame.LOWEST]++));
    double frames = MusicData.frames(pieces) + 2 * RARELY;
    float[] logits = new float[Frame.KEYS];
    for (int key = 0; key < Frame.KEYS; key++) {
      double probability = (sounding[key] + RARELY) / frames;
      logits[key] = (float) StrictMath.log(probability / (1 - probability));
    }
    return Tensor.of(logits);
  }

  /** Pieces of about the same length together. */
  private static List<List<PianoRoll>> batches(List<PianoRoll> pieces) {
    List<PianoRoll> longestFirst =
        pieces.stream().sorted(Comparator.comparingInt(PianoRoll::length).reversed()).toList();
    List<List<PianoRoll>> batches = new ArrayList<>();
    int from = 0;
    while (from < longestFirst.size()) {
      int fit = Math.max(1, VALIDATION_FRAMES / longestFirst.get(from).length());
      int to = Math.min(longestFirst.size(), from + fit);
      batches.add(longestFirst.subList(from, to));
      from = to;
    }
    return batches;
  }

  @Override
  public Outline outline() {
    return outline;
  }

  private static String description(MusicData data) {
    return "%s: %,d pieces of %,d frames to learn from, %,d of %,d frames held out"
        .formatted(
            data.name(),
            data.training().size(),
            MusicData.frames(data.training()),
            data.validation().size(),
            MusicData.frames(data.validation()));
  }

  @Override
  public BatchLoss next() {
    if (!training.hasNext()) {
      training.nextPass();
    }
    // Streams of one batch each, by its place in the run.
    RandomStream shifts =
        new RandomStream(
            settings.seed() + SHIFTS,
            (long) training.pass() * training.count() + training.position());
    List<Passage> passages = new ArrayList<>();
    for (Passage passage : training.next()) {
      passages.add(
          passage.transposed(
              settings.transposition(),
              range.getMin(),
              range.getMax(),
              shifts.uniform(passages.size())));
    }
    RollBatch batch = RollBatch.of(passages);
    Tensor logits = model.forward(batch);
    return BatchLoss.of(batch.loss(logits), batch.frames());
  }

  @Override
  public double validate() {
    double sum = 0;
    long frames = 0;
    for (List<PianoRoll> pieces : heldOut) {
      RollBatch batch = RollBatch.of(pieces.stream().map(Passage::whole).toList());
      Tensor logits = model.forward(batch);
      sum += batch.loss(logits).item() * batch.frames();
      frames += batch.frames();
    }
    return sum / frames;
  }

  @Override
  public double estimateSteps() {
    return (double) data.validation().size() / settings.batch();
  }

  /** Frames as text, one after the other. */
  @Override
  public Optional<String> sample(long step) {
    List<Frame> frames = new ArrayList<>();
    // Streams of negative numbers are never handed out by a generator.
    RandomStream random = new RandomStream(settings.seed(), -1 - step);
    new FrameWriter(model, SAMPLE_TEMPERATURE).write(List.of(), SAMPLE_LENGTH, random, frames::add);
    return Optional.of(frames.stream().map(Frame::toString).collect(Collectors.joining(" ")));
  }

  @Override
  public void declare(Parts parts) {
    Timing timing = data.timing();
    parts
        .generator("masks", masks)
        .part("batches", training)
        .note(FRAMES_PER_BEAT, Integer.toString(timing.framesPerBeat()))
        .note(FRAMES_PER_BAR, Integer.toString(timing.framesPerBar()))
        .note(TEMPO, Double.toString(timing.tempo()));
  }

  /** How fast the music is that a saved model makes. */
  static Timing timing(Notes notes) {
    return new Timing(
        notes.parsed(FRAMES_PER_BEAT, Integer::parseInt),
        notes.parsed(FRAMES_PER_BAR, Integer::parseInt),
        notes.decimal(TEMPO));
  }
}
