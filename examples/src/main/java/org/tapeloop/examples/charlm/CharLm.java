package org.tapeloop.examples.charlm;

import java.util.List;
import java.util.Optional;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.examples.cell.CellStack;
import org.tapeloop.examples.cell.TokenNetwork;
import org.tapeloop.examples.cli.AdamOptions;
import org.tapeloop.examples.experiment.BatchLoss;
import org.tapeloop.examples.experiment.Experiment;
import org.tapeloop.examples.experiment.Metric;
import org.tapeloop.examples.experiment.Parts;
import org.tapeloop.examples.experiment.Recipe;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.text.Corpus;
import org.tapeloop.examples.text.Vocabulary;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.SequenceLoss;
import org.tapeloop.nn.data.TokenWindows;
import org.tapeloop.nn.decoding.Sampler;

/**
 * A recurrent model that learns to predict the next character of a text, by truncated
 * backpropagation through time.
 *
 * @param <S> the state of one layer of the model
 */
public final class CharLm<S> implements Experiment {
  /** Where a checkpoint keeps the characters that its model knows. */
  static final String VOCABULARY = "vocabulary";

  private static final int VALIDATION_STREAMS = 64;
  private static final int VALIDATION_WINDOW = 128;
  private static final int ESTIMATE_WINDOWS = 8;
  private static final int SAMPLE_LENGTH = 320;

  /** About two minutes on two cores with the default model. */
  private static final long DEFAULT_STEPS = 8000;

  /** More passes over a small text teach the default model nothing more. */
  private static final long DEFAULT_MAX_EPOCHS = 40;

  /**
   * What makes a run what it is.
   *
   * @param layers of the model
   * @param embeddingSize features of a character
   * @param sequence characters through which gradients flow
   * @param batch sequences side by side
   * @param seed of all random numbers
   */
  record Settings(CellStack.Sizes layers, int embeddingSize, int sequence, int batch, long seed) {
    /** A model with fresh parameters. */
    TokenNetwork<?> model(int symbols, Generator initial, Generator masks) {
      return TokenNetwork.create(layers, embeddingSize, symbols, initial, masks);
    }
  }

  private final Settings settings;
  private final Corpus corpus;
  private final Vocabulary vocabulary;
  private final String digest;
  private final TokenNetwork<S> model;
  private final Generator masks;
  private final AdamOptions optimiser;
  private final TokenWindows training;
  private final int trainingSize;
  private final int[] heldOut;
  private final Sampler sampling;
  private final String samplePrompt;

  /** The state that the next window starts from. */
  private List<S> state;

  private CharLm(
      Settings settings,
      Corpus corpus,
      Vocabulary vocabulary,
      TokenNetwork<S> model,
      Generator masks,
      AdamOptions optimiser,
      Sampler sampling) {
    this.settings = settings;
    this.corpus = corpus;
    this.vocabulary = vocabulary;
    digest = corpus.digest();
    this.model = model;
    this.masks = masks;
    this.optimiser = optimiser;
    this.sampling = sampling;
    int[] learned = vocabulary.encode(corpus.training());
    heldOut = vocabulary.encode(corpus.validation());
    if (learned.length <= (long) settings.batch() * settings.sequence()) {
      throw new Failure(
          "%s: the text is too short: %,d characters to learn from are not enough for --batch %d of"
                  .formatted(corpus.name(), learned.length, settings.batch())
              + " --sequence %d".formatted(settings.sequence()));
    }
    trainingSize = learned.length;
    training = new TokenWindows(learned, settings.batch(), settings.sequence());
    samplePrompt = vocabulary.contains('\n') ? "\n" : vocabulary.decode(learned[0]);
    state = model.initialState(settings.batch());
  }

  /**
   * A model at the start of its training.
   *
   * @param sampling for the samples during training
   * @throws Failure if the text is too short
   */
  static CharLm<?> create(
      Settings settings, Corpus corpus, AdamOptions optimiser, Sampler sampling) {
    Vocabulary vocabulary = corpus.vocabulary();
    // Two seeds, so that what is dropped has nothing to do with the parameters at the start.
    Generator initial = new Generator(settings.seed());
    Generator masks = new Generator(~settings.seed());
    TokenNetwork<?> model = settings.model(vocabulary.size(), initial, masks);
    return new CharLm<>(settings, corpus, vocabulary, model, masks, optimiser, sampling);
  }

  @Override
  public String title() {
    return settings.layers().toString();
  }

  @Override
  public String data() {
    return "%s: %,d characters to learn from, %,d held out, %d different ones"
        .formatted(corpus.name(), trainingSize, heldOut.length, vocabulary.size());
  }

  @Override
  public String digest() {
    return digest;
  }

  @Override
  public Metric metric() {
    return Metric.BITS_PER_CHARACTER;
  }

  @Override
  public Layer model() {
    return model;
  }

  @Override
  public Recipe recipe(long expectedSteps) {
    return optimiser.recipe(model.parameters(), expectedSteps);
  }

  @Override
  public long stepsPerEpoch() {
    return training.count();
  }

  @Override
  public long defaultSteps() {
    return Math.min(DEFAULT_STEPS, DEFAULT_MAX_EPOCHS * stepsPerEpoch());
  }

  @Override
  public BatchLoss next() {
    if (!training.hasNext()) {
      training.rewind();
    }
    TokenWindows.Window window = training.next();
    var result =
        model.forward(
            window.inputs(), window.first() ? model.initialState(settings.batch()) : state);
    Tensor loss = SequenceLoss.crossEntropy(result.output(), window.targets());
    state = TensorTree.detach(result.state());
    return BatchLoss.of(loss, window.targets().size());
  }

  @Override
  public double validate() {
    return meanLoss(Integer.MAX_VALUE);
  }

  @Override
  public double estimate() {
    return meanLoss(ESTIMATE_WINDOWS);
  }

  /** Long windows, and streams long enough that their beginnings, without context, count little. */
  private TokenWindows validationWindows() {
    int length = Math.min(VALIDATION_WINDOW, heldOut.length - 1);
    int streams = Math.clamp(heldOut.length / (8 * length), 1, VALIDATION_STREAMS);
    return new TokenWindows(heldOut, streams, length);
  }

  private double meanLoss(int most) {
    TokenWindows windows = validationWindows();
    double sum = 0;
    long count = 0;
    List<S> carried = null;
    while (windows.hasNext() && windows.position() < most) {
      TokenWindows.Window window = windows.next();
      var result = model.forward(window.inputs(), carried);
      carried = result.state();
      int size = window.targets().size();
      sum += SequenceLoss.crossEntropy(result.output(), window.targets()).item() * size;
      count += size;
    }
    return sum / count;
  }

  @Override
  public Optional<String> sample(long step) {
    StringBuilder text = new StringBuilder();
    // Streams of negative numbers are never handed out by a generator.
    RandomStream random = new RandomStream(settings.seed(), -1 - step);
    new TextWriter<>(model, vocabulary)
        .write(samplePrompt, SAMPLE_LENGTH, sampling, random, text::append);
    return Optional.of(text.toString());
  }

  @Override
  public void declare(Parts parts) {
    parts
        .generator("masks", masks)
        .counter("window", training::position, window -> training.seek((int) window))
        .carried(() -> state, carried -> state = carried)
        .note(VOCABULARY, vocabulary.symbols());
  }
}
