package org.tapeloop.examples.seq2seq;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.Generator;
import org.tapeloop.examples.cli.AdamOptions;
import org.tapeloop.examples.cli.CellOptions;
import org.tapeloop.examples.cli.Defaults;
import org.tapeloop.examples.cli.Drawn;
import org.tapeloop.examples.cli.Ranges;
import org.tapeloop.examples.cli.SampleRequest;
import org.tapeloop.examples.cli.Sampled;
import org.tapeloop.examples.cli.SequenceOptions;
import org.tapeloop.examples.cli.TrainingCommand;
import org.tapeloop.examples.cli.ValidationOption;
import org.tapeloop.examples.experiment.Experiment;
import org.tapeloop.examples.experiment.SavedRun;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tapeloop seq2seq}: trains an encoder and a decoder with attention. */
@Command(
    name = "seq2seq",
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Trains a network to rewrite one sequence as another: an encoder reads in both directions,"
          + " and a decoder with attention writes.",
      "",
      "Without options it learns to write dates, in the many forms that people use, as ISO 8601"
          + " does, in about a minute on two cores. It is judged by the mean loss of a token of"
          + " the held-out pairs, all tokens before it given; samples are written by beam search.",
      "",
      TrainingCommand.REPORT + " attention.png shows where the network looked.",
      "",
    },
    mixinStandardHelpOptions = true,
    defaultValueProvider = Seq2SeqCommand.Default.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  tapeloop seq2seq",
      "  tapeloop seq2seq --data g2p.train.tsv --target words",
      "  tapeloop sample runs/seq2seq-1 --prompt \"the 3rd of May, 1987\"",
    })
public final class Seq2SeqCommand extends TrainingCommand implements Sampled {

  /** What suits a few ten thousand short pairs. */
  static final class Default extends Defaults {
    Default() {
      super(
          Map.of(
              "--cell", "gru",
              "--hidden", "64",
              "--embedding", "32",
              "--sequence", "64",
              "--learning-rate", "0.005"));
    }
  }

  @Option(
      names = "--data",
      paramLabel = "FILE",
      description = "Pairs to learn from, one to a line, with a tab between the two sequences.")
  private @Nullable Path data;

  @Mixin private ValidationOption validation;

  @Option(
      names = "--source",
      paramLabel = "UNITS",
      defaultValue = "characters",
      description = "What is read: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private Units source;

  @Option(
      names = "--target",
      paramLabel = "UNITS",
      defaultValue = "characters",
      description = "What is written: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private Units target;

  @Mixin private CellOptions layers;
  @Mixin private SequenceOptions sequences;
  @Mixin private AdamOptions optimiser;

  @Override
  protected void check(Ranges ranges) {
    layers.check(ranges);
    sequences.check(ranges);
    optimiser.check(ranges);
    validation.check(ranges);
  }

  @Override
  protected Experiment experiment() {
    Pairs pairs = data == null ? Pairs.dates() : Pairs.read(data, validation.path());
    var settings =
        new Rewriter.Settings(
            layers.sizes(), sequences.embedding(), sequences.sequence(), sequences.batch(), seed());
    return new Rewriter(settings, pairs, Rewriting.of(pairs.training(), source, target), optimiser);
  }

  /** Rewrites the prompt, and draws where the network looked. */
  @Override
  public Drawn sample(SavedRun saved, SampleRequest request) {
    String text = request.prompt().orElseGet(() -> saved.notes().text(Rewriter.EXAMPLE));
    Rewriting rewriting = Rewriting.of(saved.notes());
    Generator unused = new Generator(seed());
    Network<?> network =
        optimiser.restore(
            saved, rewriting.network(layers.sizes(), sequences.embedding(), unused, unused));
    network.eval();
    Path picture = request.files().resolveSibling(request.files().getFileName() + ".png");
    return Autograd.noGrad(
        () -> {
          Drawn drawn =
              Drawn.timing(
                  "characters",
                  () -> {
                    String rewritten = rewriting.rewritten(network, text);
                    request.out().accept("%s -> %s%n".formatted(text, rewritten));
                    return rewritten.codePointCount(0, rewritten.length());
                  });
          rewriting.draw(network, List.of(text), picture);
          request.out().accept("written: " + picture);
          return drawn;
        });
  }
}
