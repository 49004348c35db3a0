package org.tapeloop.examples.language;

import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.examples.experiment.BatchLoss;
import org.tapeloop.examples.experiment.Experiment;
import org.tapeloop.examples.experiment.Metric;
import org.tapeloop.examples.experiment.Outline;
import org.tapeloop.examples.experiment.Parts;
import org.tapeloop.examples.experiment.Recipe;
import org.tapeloop.nn.data.TokenWindows;
import org.tapeloop.nn.decoding.Sampler;

/**
 * A network that learns to predict the next symbol of a text, by truncated backpropagation through
 * time: the state is carried from window to window, gradients are not.
 *
 * @param <S> the state of one layer of the network
 */
public final class LanguageModel<S> implements Experiment {
  private final Setup setup;
  private final LanguageNetwork<S> network;

  /** The state that the next window starts from. */
  private List<S> state;

  /**
   * All but the network.
   *
   * @param title what learns
   * @param text what it learns from
   * @param metric how it is judged
   * @param windows of the text's training part
   * @param batch streams in each window
   * @param whole judges by all of the held-out part
   * @param quick judges by some of it
   * @param summed whether gradients are of the sum over a window's steps, not of the mean
   * @param masks what the network draws in training comes from here
   * @param recipe how it is trained, given the expected number of steps
   * @param defaultSteps where nobody says
   * @param sampling of samples
   * @param sampleLength in symbols
   * @param seed of samples
   */
  public record Setup(
      String title,
      TokenText text,
      Metric metric,
      Windows windows,
      int batch,
      HeldOut whole,
      HeldOut quick,
      boolean summed,
      Generator masks,
      LongFunction<Recipe> recipe,
      long defaultSteps,
      Sampler sampling,
      int sampleLength,
      long seed) {}

  /** A network at the start of its training. */
  public LanguageModel(Setup setup, LanguageNetwork<S> network) {
    this.setup = setup;
    this.network = network;
    state = network.initialState(setup.batch());
  }

  @Override
  public Outline outline() {
    return new Outline(
        setup.title(),
        setup.text().description(),
        setup.text().digest(),
        setup.metric(),
        network,
        setup.recipe(),
        setup.windows().count(),
        setup.defaultSteps());
  }

  @Override
  public BatchLoss next() {
    TokenWindows.Window window = setup.windows().next();
    var trained =
        network.loss(
            window.inputs(),
            window.first() ? network.initialState(setup.batch()) : state,
            window.targets());
    state = TensorTree.detach(trained.state());
    int steps = window.inputs().shape().extent(0);
    return new BatchLoss(
        setup.summed() ? trained.objective().mul(steps) : trained.objective(),
        trained.loss(),
        window.targets().size());
  }

  @Override
  public double validate() {
    return setup.whole().meanLoss(network);
  }

  @Override
  public double estimate() {
    return setup.quick().meanLoss(network);
  }

  @Override
  public double estimateSteps() {
    double symbolsPerStep = (double) setup.text().training().length / setup.windows().count();
    return setup.quick().size() / symbolsPerStep;
  }

  @Override
  public Optional<String> sample(long step) {
    StringBuilder text = new StringBuilder();
    Symbols symbols = setup.text().symbols();
    // Streams of negative numbers are never handed out by a generator.
    RandomStream random = new RandomStream(setup.seed(), -1 - step);
    new TextWriter(network, symbols)
        .write(symbols.beginning(), setup.sampleLength(), setup.sampling(), random, text::append);
    return Optional.of(text.toString());
  }

  @Override
  public void declare(Parts parts) {
    Windows windows = setup.windows();
    parts
        .generator("masks", setup.masks())
        .counter("window", windows::position, windows::seek)
        .carried(() -> state, carried -> state = carried);
    setup.text().symbols().notes().forEach(parts::note);
  }
}
