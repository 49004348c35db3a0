package org.tapeloop.examples.charlm;

import java.util.Map;
import org.tapeloop.autograd.Generator;
import org.tapeloop.examples.cli.AdamOptions;
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
import org.tapeloop.examples.experiment.RunFolder;
import org.tapeloop.examples.experiment.SavedRun;
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
import org.tapeloop.examples.text.Vocabulary;
import org.tapeloop.nn.data.TokenWindows;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code tapeloop char-lm}: trains a language model by character. */
@Command(
    name = "char-lm",
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Trains a recurrent network to predict the next character of a text, and lets it write.",
      "",
      "Without options it learns from the definitions in the dictionary WordNet 3.1, which come"
          + " with the program, for about two minutes on two cores. A tenth of the text is held"
          + " out, and the model is judged by how many bits it needs for a character of that"
          + " tenth: fewer is better, and English text takes a good small model about 1.5.",
      "",
      TrainingCommand.REPORT,
      "",
    },
    mixinStandardHelpOptions = true,
    defaultValueProvider = CharLmCommand.Default.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  tapeloop char-lm",
      "  tapeloop char-lm --data notes.txt --cell gru --minutes 10",
      "  tapeloop char-lm --resume runs/char-lm-1 --steps 20000",
      "  tapeloop sample runs/char-lm-1 --prompt \"a machine \"",
    })
public final class CharLmCommand extends TrainingCommand implements Sampled {

  private static final int VALIDATION_STREAMS = 64;
  private static final int VALIDATION_WINDOW = 128;
  private static final int ESTIMATE_WINDOWS = 8;
  private static final int SAMPLE_LENGTH = 320;

  /** About two minutes on two cores with the default model. */
  private static final long DEFAULT_STEPS = 8000;

  /** More passes over a small text teach the default model nothing more. */
  private static final long DEFAULT_MAX_EPOCHS = 40;

  /** What suits text by character in some minutes. */
  static final class Default extends Defaults {
    Default() {
      super(Map.of("--hidden", "256", "--learning-rate", "0.016"));
    }
  }

  @Mixin private TextOption source;
  @Mixin private CellOptions layers;
  @Mixin private SequenceOptions sequences;
  @Mixin private AdamOptions optimiser;
  @Mixin private SamplingOptions sampling;

  @Override
  protected void check(Ranges ranges) {
    layers.check(ranges);
    sequences.check(ranges);
    optimiser.check(ranges);
    sampling.check(ranges);
  }

  @Override
  protected Experiment experiment() {
    Corpus corpus = source.byCharacters();
    int sequence = sequences.sequence();
    int batch = sequences.batch();
    corpus.requireSequences(sequence);
    Vocabulary vocabulary = corpus.vocabulary();
    int[] training = vocabulary.encode(corpus.training());
    int[] heldOut = vocabulary.encode(corpus.validation());
    if (training.length <= (long) batch * sequence) {
      throw new Failure(
          "%s: the text is too short: %,d characters to learn from are not enough for --batch %d of"
                  .formatted(corpus.name(), training.length, batch)
              + " --sequence %d".formatted(sequence));
    }
    String description =
        "%s: %,d characters to learn from, %,d held out, %d different ones"
            .formatted(corpus.name(), training.length, heldOut.length, vocabulary.size());
    TokenText text =
        new TokenText(description, corpus.digest(), new Characters(vocabulary), training, heldOut);
    // Two seeds, so that what is dropped has nothing to do with the parameters at the start.
    Generator masks = new Generator(~seed());
    LanguageNetwork<?> network = network(vocabulary.size(), new Generator(seed()), masks);
    HeldOut whole = HeldOut.inStreams(heldOut, VALIDATION_STREAMS, VALIDATION_WINDOW);
    TokenWindows windows = new TokenWindows(training, batch, sequence);
    return new LanguageModel<>(
        new LanguageModel.Setup(
            layers.sizes().toString(),
            text,
            Metric.BITS_PER_CHARACTER,
            Windows.of(windows),
            batch,
            whole,
            whole.first(ESTIMATE_WINDOWS),
            false,
            masks,
            steps -> optimiser.recipe(network.parameters(), steps),
            Math.min(DEFAULT_STEPS, DEFAULT_MAX_EPOCHS * windows.count()),
            sampling.sampler(),
            SAMPLE_LENGTH,
            seed()),
        network);
  }

  private LanguageNetwork<?> network(int symbols, Generator initial, Generator masks) {
    return TokenNetwork.create(layers.sizes(), sequences.embedding(), symbols, initial, masks);
  }

  @Override
  protected void addTo(RunFolder folder) {
    source.addLicence(folder);
  }

  @Override
  public Drawn sample(SavedRun saved, SampleRequest request) {
    Characters characters = Characters.of(saved.notes());
    Generator unused = new Generator(seed());
    LanguageNetwork<?> network = network(characters.size(), unused, unused);
    return new TextWriter(optimiser.restore(saved, network), characters)
        .answer(request, "characters");
  }
}
