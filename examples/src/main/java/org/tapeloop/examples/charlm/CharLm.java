package org.tapeloop.examples.charlm;

import java.util.List;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.examples.experiment.Experiment;
import org.tapeloop.examples.experiment.Metric;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.text.Corpus;
import org.tapeloop.examples.text.Vocabulary;
import org.tapeloop.nn.SequenceLoss;
import org.tapeloop.nn.checkpoint.Checkpoint;
import org.tapeloop.nn.checkpoint.TrainingRun;
import org.tapeloop.nn.data.TokenWindows;
import org.tapeloop.nn.decoding.Sampler;
import org.tapeloop.nn.optim.AdamW;
import org.tapeloop.nn.optim.Clipping;

/**
 * A recurrent model that learns to predict the next character of a text, by truncated
 * backpropagation through time.
 *
 * @param <S> the state of one layer of the model
 */
public final class CharLm<S> implements Experiment {
  private static final int VALIDATION_STREAMS = 64;
  private static final int VALIDATION_WINDOW = 128;
  private static final int ESTIMATE_WINDOWS = 8;
  private static final int SAMPLE_LENGTH = 320;

  /** A shorter memory than usual: in a run of minutes gradients shrink fast. */
  private static final double BETA2 = 0.99;

  private static final String OPTIMIZER = "adamw";
  private static final String MASKS = "masks";
  private static final String WINDOW = "window";

  private final CharLmConfig config;
  private final Vocabulary vocabulary;
  private final String corpusName;
  private final String textDigest;
  private final CharModel<S> model;
  private final AdamW optimizer;
  private final TokenWindows training;
  private final int trainingSize;
  private final int[] heldOut;
  private final TrainingRun run;
  private final Sampler sampling;
  private final String samplePrompt;

  /** The state that the next window starts from. */
  private List<S> state;

  private CharLm(
      CharLmConfig config,
      Corpus corpus,
      Vocabulary vocabulary,
      CharModel<S> model,
      Generator masks,
      Sampler sampling) {
    this.config = config;
    this.vocabulary = vocabulary;
    corpusName = corpus.name();
    textDigest = corpus.digest();
    this.model = model;
    this.sampling = sampling;
    optimizer =
        new AdamW(model.parameters(), config.learningRate())
            .weightDecay(config.weightDecay())
            .betas(AdamW.DEFAULT_BETA1, BETA2);
    int[] learned = vocabulary.encode(corpus.training());
    heldOut = vocabulary.encode(corpus.validation());
    if (learned.length <= (long) config.batch() * config.sequence()) {
      throw new Failure(
          "%s: the text is too short: %,d characters to learn from are not enough for --batch %d of"
                  .formatted(corpus.name(), learned.length, config.batch())
              + " --sequence %d".formatted(config.sequence()));
    }
    trainingSize = learned.length;
    training = new TokenWindows(learned, config.batch(), config.sequence());
    run = new TrainingRun(model).optimizer(OPTIMIZER, optimizer).generator(MASKS, masks);
    samplePrompt = vocabulary.contains('\n') ? "\n" : vocabulary.decode(learned[0]);
    state = model.initialState(config.batch());
  }

  /**
   * A model at the start of its training.
   *
   * @param sampling for the samples during training
   * @throws Failure if the text is too short
   */
  public static CharLm<?> create(CharLmConfig config, Corpus corpus, Sampler sampling) {
    return create(config, corpus, corpus.vocabulary(), sampling);
  }

  /**
   * The training that a checkpoint broke off.
   *
   * @param corpus the text it learned from
   * @throws Failure if the text is another one, or the checkpoint does not fit its own
   *     configuration
   */
  public static CharLm<?> resume(CharLmCheckpoint checkpoint, Corpus corpus, Sampler sampling) {
    if (!checkpoint.textDigest().equals(corpus.digest())) {
      throw new Failure(
          "%s: the text is not the one that the checkpoint learned from".formatted(corpus.name()));
    }
    CharLm<?> resumed = create(checkpoint.config(), corpus, checkpoint.vocabulary(), sampling);
    resumed.restore(checkpoint);
    return resumed;
  }

  private static CharLm<?> create(
      CharLmConfig config, Corpus corpus, Vocabulary vocabulary, Sampler sampling) {
    // Two seeds, so that what is dropped has nothing to do with the parameters at the start.
    Generator initial = new Generator(config.seed());
    Generator masks = new Generator(~config.seed());
    CharModel<?> model = CharModel.create(config, vocabulary.size(), initial, masks);
    return new CharLm<>(config, corpus, vocabulary, model, masks, sampling);
  }

  private void restore(CharLmCheckpoint checkpoint) {
    checkpoint.restore(run);
    state = checkpoint.recurrentState(state);
    training.seek((int) checkpoint.counter(WINDOW));
  }

  /** Steps that read the text once. */
  public long stepsPerEpoch() {
    return training.count();
  }

  /** What learns from what, in two lines. */
  public String description() {
    String text =
        "%s: %,d characters to learn from, %,d held out, %d different ones"
            .formatted(corpusName, trainingSize, heldOut.length, vocabulary.size());
    return "%s%n%s, %,d parameters".formatted(text, modelDescription(), model.parameterCount());
  }

  /** The kind and size of the model. */
  public String modelDescription() {
    return "%s, %d x %d".formatted(config.cell().label(), config.layers(), config.hiddenSize());
  }

  @Override
  public Metric metric() {
    return Metric.BITS_PER_CHARACTER;
  }

  @Override
  public long unitsPerStep() {
    return (long) config.batch() * config.sequence();
  }

  @Override
  public Progress step(double learningRate) {
    if (!training.hasNext()) {
      training.rewind();
    }
    TokenWindows.Window window = training.next();
    var result =
        model.forward(window.inputs(), window.first() ? model.initialState(config.batch()) : state);
    Tensor loss = SequenceLoss.crossEntropy(result.output(), window.targets());
    var clipped = Clipping.byGlobalNorm(loss.gradients(model.values()), config.clip());
    optimizer.setLearningRate(learningRate);
    optimizer.step(clipped.gradients());
    state = TensorTree.detach(result.state());
    return new Progress(loss.item(), clipped.norm());
  }

  @Override
  public double validate() {
    return meanLoss(Integer.MAX_VALUE);
  }

  @Override
  public double estimate() {
    return meanLoss(ESTIMATE_WINDOWS);
  }

  private double meanLoss(int most) {
    model.eval();
    try {
      return Autograd.noGrad(() -> meanLossOf(validationWindows(), most));
    } finally {
      model.train();
    }
  }

  /** Long windows, and streams long enough that their beginnings, without context, count little. */
  private TokenWindows validationWindows() {
    int length = Math.min(VALIDATION_WINDOW, heldOut.length - 1);
    int streams = Math.clamp(heldOut.length / (8 * length), 1, VALIDATION_STREAMS);
    return new TokenWindows(heldOut, streams, length);
  }

  private double meanLossOf(TokenWindows windows, int most) {
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
  public String sample(long step) {
    StringBuilder text = new StringBuilder();
    // Streams of negative numbers are never handed out by a generator.
    RandomStream random = new RandomStream(config.seed(), -1 - step);
    new TextWriter<>(model, vocabulary)
        .write(samplePrompt, SAMPLE_LENGTH, sampling, random, text::append);
    return text.toString();
  }

  @Override
  public Checkpoint capture() {
    return run.capture()
        .withConfiguration(CharLmCheckpoint.notes(config, vocabulary, textDigest, sampling))
        .withCounter(WINDOW, training.position())
        .withCarried(state);
  }
}
