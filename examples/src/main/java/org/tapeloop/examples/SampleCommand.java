package org.tapeloop.examples;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.examples.charlm.CharLmCheckpoint;
import org.tapeloop.examples.charlm.CharModel;
import org.tapeloop.examples.charlm.TextWriter;
import org.tapeloop.examples.experiment.RunFolder;
import org.tapeloop.examples.text.Vocabulary;
import org.tapeloop.nn.decoding.Sampler;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tapeloop sample}: text from a checkpoint. */
@Command(
    name = "sample",
    description = {
      "Lets a trained model write: it reads the prompt and goes on from there, and prints each"
          + " character as soon as it is drawn.",
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  tapeloop sample runs/char-lm-1",
      "  tapeloop sample runs/char-lm-1 --prompt \"a machine \" --temperature 0.5",
    })
final class SampleCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "RUN",
      description = "The folder that a training run left, or the checkpoint in it.")
  private Path run;

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description = "What to go on from; printed too. A new line by default.")
  private @Nullable String prompt;

  @Option(
      names = "--length",
      paramLabel = "N",
      defaultValue = "500",
      description = "How many characters to write. Default: ${DEFAULT-VALUE}.")
  private int length;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Another seed gives another text; the same gives the same. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Mixin private SamplingOptions sampling;
  @Mixin private BackendOptions backend;

  @Override
  public Integer call() {
    if (length < 0) {
      throw new ParameterException(spec.commandLine(), "--length must be 0 or more, not " + length);
    }
    if (prompt != null && prompt.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "--prompt must not be empty");
    }
    Sampler sampler = sampling.sampler();
    return backend.use(
        () -> {
          var checkpoint = CharLmCheckpoint.read(RunFolder.checkpointOf(run));
          write(checkpoint.model(), checkpoint.vocabulary(), sampler);
          return 0;
        });
  }

  private void write(CharModel<?> model, Vocabulary vocabulary, Sampler sampler) {
    PrintWriter out = spec.commandLine().getOut();
    String start =
        prompt == null ? vocabulary.contains('\n') ? "\n" : vocabulary.decode(0) : prompt;
    vocabulary.encode(start);
    if (prompt != null) {
      out.print(prompt);
    }
    new TextWriter<>(model, vocabulary)
        .write(
            start,
            length,
            sampler,
            new RandomStream(seed, 0),
            text -> {
              out.print(text);
              out.flush();
            });
    out.println();
    out.flush();
  }
}
