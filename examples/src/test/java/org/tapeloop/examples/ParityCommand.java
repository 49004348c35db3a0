package org.tapeloop.examples;

import java.util.Map;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.cell.CellStack;
import org.tapeloop.examples.cli.AdamOptions;
import org.tapeloop.examples.cli.CellOptions;
import org.tapeloop.examples.cli.Defaults;
import org.tapeloop.examples.cli.Ranges;
import org.tapeloop.examples.cli.TrainingCommand;
import org.tapeloop.examples.experiment.BatchLoss;
import org.tapeloop.examples.experiment.Experiment;
import org.tapeloop.examples.experiment.Metric;
import org.tapeloop.examples.experiment.Outline;
import org.tapeloop.examples.experiment.Parts;
import org.tapeloop.examples.language.TokenNetwork;
import org.tapeloop.nn.SequenceLoss;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "parity",
    description = "Learns to tell after each bit whether the number of ones so far is odd.",
    defaultValueProvider = ParityCommand.Default.class,
    mixinStandardHelpOptions = true)
final class ParityCommand extends TrainingCommand {
  static final class Default extends Defaults {
    Default() {
      super(Map.of("--hidden", "32", "--learning-rate", "0.02"));
    }
  }

  @Option(names = "--bits", defaultValue = "16", description = "Length of a sequence.")
  private int bits;

  @Mixin private CellOptions layers;
  @Mixin private AdamOptions optimiser;

  @Override
  protected void check(Ranges ranges) {
    ranges.require("--bits", bits >= 1, "1 or more", bits);
    layers.check(ranges);
    optimiser.check(ranges);
  }

  @Override
  protected Experiment experiment() {
    return new Parity(layers.sizes());
  }

  private final class Parity implements Experiment {
    private static final int BATCH = 32;
    private static final int HELD_OUT = 256;
    private static final Metric METRIC =
        new Metric("bits per answer", "bits", "answers", "answer", nats -> nats / Math.log(2));

    private final Generator masks = new Generator(~seed());
    private final TokenNetwork<?> model;
    private long batches;

    Parity(CellStack.Sizes sizes) {
      model = TokenNetwork.create(sizes, 4, 2, new Generator(seed()), masks);
    }

    @Override
    public Outline outline() {
      String data = "sequences of %d bits".formatted(bits);
      return new Outline(
          layers.sizes().toString(),
          data,
          data,
          METRIC,
          model,
          steps -> optimiser.recipe(model.parameters(), steps),
          100,
          1000);
    }

    @Override
    public BatchLoss next() {
      return BatchLoss.of(loss(batches++, BATCH), (long) bits * BATCH);
    }

    @Override
    public double validate() {
      return loss(-1, HELD_OUT).item();
    }

    /** Of fresh sequences, the same for the same stream of random numbers. */
    private Tensor loss(long stream, int batch) {
      RandomStream random = new RandomStream(seed(), stream);
      int[] drawn = new int[bits * batch];
      int[] odd = new int[drawn.length];
      for (int i = 0; i < drawn.length; i++) {
        drawn[i] = random.uniform(i) < 0.5 ? 0 : 1;
        odd[i] = drawn[i] ^ (i < batch ? 0 : odd[i - batch]);
      }
      Shape shape = Shape.of(bits, batch);
      return SequenceLoss.crossEntropy(
          model.forward(IntTensor.of(shape, drawn), null).output(), IntTensor.of(shape, odd));
    }

    @Override
    public void declare(Parts parts) {
      parts.generator("masks", masks).counter("batches", () -> batches, n -> batches = n);
    }
  }
}
