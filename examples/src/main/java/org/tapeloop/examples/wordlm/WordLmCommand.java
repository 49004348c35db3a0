package org.tapeloop.examples.wordlm;

import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.cell.CellKind;
import org.tapeloop.examples.cell.CellStack;
import org.tapeloop.examples.cli.CellOptions;
import org.tapeloop.examples.cli.Defaults;
import org.tapeloop.examples.cli.Drawn;
import org.tapeloop.examples.cli.Ranges;
import org.tapeloop.examples.cli.SampleRequest;
import org.tapeloop.examples.cli.Sampled;
import org.tapeloop.examples.cli.SamplingOptions;
import org.tapeloop.examples.cli.SequenceOptions;
import org.tapeloop.examples.cli.TrainingCommand;
import org.tapeloop.examples.experiment.Experiment;
import org.tapeloop.examples.experiment.Metric;
import org.tapeloop.examples.experiment.Optimisation;
import org.tapeloop.examples.experiment.Recipe;
import org.tapeloop.examples.experiment.RunFolder;
import org.tapeloop.examples.experiment.SavedRun;
import org.tapeloop.examples.experiment.Schedule;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.language.HeldOut;
import org.tapeloop.examples.language.LanguageModel;
import org.tapeloop.examples.language.LanguageNetwork;
import org.tapeloop.examples.language.TextOption;
import org.tapeloop.examples.language.TextWriter;
import org.tapeloop.examples.language.TokenNetwork;
import org.tapeloop.examples.language.TokenText;
import org.tapeloop.examples.language.Windows;
import org.tapeloop.examples.text.Corpus;
import org.tapeloop.nn.data.TokenWindows;
import org.tapeloop.nn.optim.Sgd;
import org.tapeloop.nn.text.WordSplitting;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tapeloop word-lm}: trains a language model by word. */
@Command(
    name = "word-lm",
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Trains a recurrent network to predict the next word of a text, and lets it write.",
      "",
      "Without options it learns from the definitions in the dictionary WordNet 3.1, which come"
          + " with the program. The model is judged by its perplexity on the held-out part: e to"
          + " the mean loss over all words and ends of lines there, with the state carried from"
          + " each to the next. That is as if it had to choose between so many words that are"
          + " equally likely; fewer is better.",
      "",
      "The recipe zaremba is the small model of Zaremba et al. 2014: plain descent, whose rate"
          + " halves from epoch to epoch after the fourth. By default it reads the text thirteen"
          + " times, in half an hour or so on two cores. The recipe awd is the AWD-LSTM of Merity"
          + " et al. 2017, which takes hours and learns more from the same text.",
      "",
      TrainingCommand.REPORT,
      "",
    },
    mixinStandardHelpOptions = true,
    defaultValueProvider = WordLmCommand.Default.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  tapeloop word-lm",
      "  tapeloop word-lm --data notes.txt --vocabulary 5000 --epochs 3",
      "  tapeloop word-lm --data ptb --out runs/ptb",
      "  tapeloop word-lm --data ptb --recipe awd",
      "  tapeloop sample runs/ptb --prompt \"the company said\"",
    })
public final class WordLmCommand extends TrainingCommand implements Sampled {
  /** Windows of one stream, to be judged by all words in their order. */
  private static final int WHOLE_WINDOW = 128;

  private static final int QUICK_STREAMS = 20;
  private static final int QUICK_WINDOW = 64;
  private static final int QUICK_WINDOWS = 64;
  private static final int SAMPLE_LENGTH = 80;

  /** From this range the parameters of the recipe zaremba are drawn. */
  private static final double INITIAL_RANGE = 0.1;

  /** The learning rate of the recipe zaremba stays for so many epochs, and then halves in each. */
  private static final int STEADY_EPOCHS = 4;

  /** The sizes of the default recipe, for the help. */
  static final class Default extends Defaults {
    Default() {
      this(WordRecipe.ZAREMBA.sizes());
    }

    private Default(WordRecipe.Sizes sizes) {
      super(
          Map.of(
              "--layers", Integer.toString(sizes.layers()),
              "--hidden", Integer.toString(sizes.hidden()),
              "--embedding", Integer.toString(sizes.embedding()),
              "--sequence", Integer.toString(sizes.sequence()),
              "--batch", Integer.toString(sizes.batch())));
    }
  }

  /** How words are told apart. */
  enum Splitting {
    /** As it seems: at spaces where the text has unknown words in it, else at marks too. */
    AUTO,
    /** At spaces, for text whose words have been separated before. */
    SPACES,
    /** At spaces and around marks, in lower case. */
    MARKS;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Mixin private TextOption source;

  @Option(
      names = "--recipe",
      paramLabel = "RECIPE",
      defaultValue = "zaremba",
      description =
          "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}. The defaults below are those of"
              + " zaremba; awd has a layer of 650 units and one of 400, words of 400 numbers, 40"
              + " streams and sequences of about 35.")
  private WordRecipe recipe;

  @Option(
      names = "--split",
      paramLabel = "WHERE",
      defaultValue = "auto",
      description =
          "Where words end: at spaces; at marks too, and in lower case; or auto: at spaces if the"
              + " text has \"<unk>\" in it. Default: ${DEFAULT-VALUE}.")
  private Splitting splitting;

  @Option(
      names = "--vocabulary",
      paramLabel = "N",
      defaultValue = "10000",
      description =
          "Words to know: the most frequent ones; the others are read as one unknown word. Default:"
              + " ${DEFAULT-VALUE}.")
  private int vocabulary;

  @Mixin private CellOptions layers;
  @Mixin private SequenceOptions sequences;

  @Option(
      names = "--learning-rate",
      paramLabel = "X",
      description = "At the start. Default: 1, for the recipe awd 30.")
  private @Nullable Double learningRate;

  @Option(
      names = "--clip",
      paramLabel = "X",
      description =
          "The norm that gradients are scaled down to. Default: 5, for the recipe awd 0.25.")
  private @Nullable Double clip;

  @Mixin private SamplingOptions sampling;

  /** The sizes that were asked for, the recipe's where none were. */
  private WordRecipe.Sizes sizes() {
    WordRecipe.Sizes usual = recipe.sizes();
    CellStack.Sizes stack = layers.sizes();
    return new WordRecipe.Sizes(
        stack.layers(),
        stack.hiddenSize(),
        sequences.embedding(),
        sequences.batch(),
        sequences.sequence(),
        Objects.requireNonNullElse(learningRate, usual.learningRate()),
        Objects.requireNonNullElse(clip, usual.clip()),
        usual.epochs());
  }

  @Override
  protected void check(Ranges ranges) {
    WordRecipe.Sizes usual = recipe.sizes();
    layers.unlessGiven(ranges, usual.layers(), usual.hidden());
    sequences.unlessGiven(ranges, usual.embedding(), usual.sequence(), usual.batch());
    layers.check(ranges);
    sequences.check(ranges);
    WordRecipe.Sizes asked = sizes();
    ranges.require("--vocabulary", vocabulary >= 3, "3 or more", vocabulary);
    ranges.require(
        "--learning-rate",
        Ranges.isPositive(asked.learningRate()),
        "above 0",
        asked.learningRate());
    ranges.require("--clip", Ranges.isPositive(asked.clip()), "above 0", asked.clip());
    if (recipe == WordRecipe.AWD && layers.sizes().dropping().outputs() > 0) {
      throw ranges.refusal("--dropout belongs to the recipe zaremba; awd has dropout of its own");
    }
    sampling.check(ranges);
  }

  @Override
  protected Experiment experiment() {
    Corpus corpus = source.byLines();
    WordRecipe.Sizes sizes = sizes();
    TokenText text = Words.of(corpus.training(), split(corpus), vocabulary).text(corpus);
    long needed = (long) sizes.batch() * sizes.sequence() + 1;
    if (text.training().length < needed || text.heldOut().length < 2) {
      throw new Failure(
          "%s: the text is too short: %,d words to learn from and %,d held out, where --batch %d of"
                  .formatted(
                      corpus.name(),
                      text.training().length,
                      text.heldOut().length - 1,
                      sizes.batch())
              + " --sequence %d needs %,d and 1".formatted(sizes.sequence(), needed));
    }
    Generator masks = new Generator(~seed());
    LanguageNetwork<?> network = network(text.symbols().size(), new Generator(seed()), masks);
    return recipe == WordRecipe.AWD ? awd(text, network, masks) : zaremba(text, network, masks);
  }

  private Experiment zaremba(TokenText text, LanguageNetwork<?> network, Generator masks) {
    WordRecipe.Sizes sizes = sizes();
    Windows windows =
        Windows.of(new TokenWindows(text.training(), sizes.batch(), sizes.sequence()));
    long epoch = windows.count();
    Schedule halving =
        (step, steps) ->
            sizes.learningRate()
                * StrictMath.pow(0.5, (double) Math.max(0, step / epoch + 1 - STEADY_EPOCHS));
    return model(
        text,
        windows,
        // The paper's gradients are of the sum over a window.
        true,
        network,
        masks,
        steps ->
            new Recipe(
                Optimisation.of("sgd", new Sgd(network.parameters(), sizes.learningRate())),
                halving,
                sizes.clip()));
  }

  private Experiment awd(TokenText text, LanguageNetwork<?> network, Generator masks) {
    WordRecipe.Sizes sizes = sizes();
    VaryingWindows windows =
        new VaryingWindows(text.training(), sizes.batch(), sizes.sequence(), seed());
    return model(
        text,
        windows,
        false,
        network,
        masks,
        steps ->
            new Recipe(
                new NonMonotoneDescent(
                    network.parameters(), sizes.learningRate(), windows::relativeLength),
                (step, all) -> sizes.learningRate(),
                sizes.clip()));
  }

  private Experiment model(
      TokenText text,
      Windows windows,
      boolean summed,
      LanguageNetwork<?> network,
      Generator masks,
      LongFunction<Recipe> trained) {
    return new LanguageModel<>(
        new LanguageModel.Setup(
            title(),
            text,
            Metric.PERPLEXITY,
            windows,
            sizes().batch(),
            new HeldOut(
                text.heldOut(),
                1,
                Math.min(WHOLE_WINDOW, text.heldOut().length - 1),
                Integer.MAX_VALUE),
            HeldOut.inStreams(text.heldOut(), QUICK_STREAMS, QUICK_WINDOW).first(QUICK_WINDOWS),
            summed,
            masks,
            trained,
            sizes().epochs() * windows.count(),
            sampling.sampler(),
            SAMPLE_LENGTH,
            seed()),
        network);
  }

  private String title() {
    return "%s, %s".formatted(recipe, layers.sizes());
  }

  private WordSplitting split(Corpus corpus) {
    boolean separated =
        switch (splitting) {
          case AUTO -> corpus.training().contains(" <unk> ");
          case SPACES -> true;
          case MARKS -> false;
        };
    return separated ? WordSplitting.SPACED : WordSplitting.MARKED.inLowerCase();
  }

  private LanguageNetwork<?> network(int words, Generator initial, Generator masks) {
    return network(layers.sizes().cell(), words, initial, masks);
  }

  private <S> LanguageNetwork<S> network(
      CellKind<S> kind, int words, Generator initial, Generator masks) {
    WordRecipe.Sizes sizes = sizes();
    if (recipe == WordRecipe.AWD) {
      return new AwdNetwork<>(kind, sizes, AwdNetwork.Regularisation.MILD, words, initial, masks);
    }
    LanguageNetwork<S> network =
        TokenNetwork.of(kind, layers.sizes(), sizes.embedding(), words, initial, masks);
    network
        .parameters()
        .values()
        .forEach(
            parameter -> {
              Tensor before = parameter.value();
              parameter.set(
                  Tensor.uniform(
                      initial.next(),
                      before.dtype(),
                      before.shape(),
                      -INITIAL_RANGE,
                      INITIAL_RANGE));
            });
    return network;
  }

  @Override
  protected void addTo(RunFolder folder) {
    source.addLicence(folder);
  }

  @Override
  public Drawn sample(SavedRun saved, SampleRequest request) {
    Words words = Words.of(saved.notes());
    Generator unused = new Generator(seed());
    LanguageNetwork<?> network = network(words.size(), unused, unused);
    TextWriter writer = new TextWriter(network, words);
    if (recipe == WordRecipe.ZAREMBA) {
      saved.restore(network);
      return writer.answer(request, "words");
    }
    var averaged = new NonMonotoneDescent(network.parameters(), 1, () -> 1);
    saved.restore(network, averaged);
    return averaged.evaluating(() -> writer.answer(request, "words"));
  }
}
