package org.tapeloop.examples.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.tapeloop.examples.experiment.RunFolder;
import org.tapeloop.examples.experiment.SavedRun;
import org.tapeloop.examples.files.Failure;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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
public final class SampleCommand implements Callable<Integer> {
  private static final double NANOS = 1e9;

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
    Ranges ranges = new Ranges(spec);
    ranges.require("--length", length >= 0, "0 or more", length);
    if (prompt != null && prompt.isEmpty()) {
      throw ranges.refusal("--prompt must not be empty");
    }
    sampling.check(ranges);
    return backend.use(
        () -> {
          write(SavedRun.read(RunFolder.bestOf(run)));
          return 0;
        });
  }

  private void write(SavedRun saved) {
    PrintWriter out = spec.commandLine().getOut();
    long start = System.nanoTime();
    long drawn =
        commandOf(saved)
            .sample(
                saved,
                new SampleRequest(
                    Optional.ofNullable(prompt),
                    length,
                    sampling.sampler(),
                    seed,
                    text -> {
                      out.print(text);
                      out.flush();
                    }));
    out.println();
    out.flush();
    double seconds = (System.nanoTime() - start) / NANOS;
    PrintWriter err = spec.commandLine().getErr();
    err.printf(Locale.ROOT, "%,d drawn, %.0f a second%n", drawn, drawn / seconds);
    err.flush();
  }

  /** The command that trained the model, with the options it had then. */
  private Sampled commandOf(SavedRun saved) {
    CommandLine command = spec.root().commandLine().getSubcommands().get(saved.command());
    if (command == null) {
      throw new Failure(
          "%s: this is a checkpoint of '%s', a command that this program does not have"
              .formatted(saved.file(), saved.command()));
    }
    Object user = command.getCommandSpec().userObject();
    if (!(user instanceof Sampled sampled) || !(user instanceof TrainingCommand training)) {
      throw new Failure(
          "%s: models of %s make nothing up".formatted(saved.file(), saved.command()));
    }
    command.parseArgs();
    training.configure(saved);
    return sampled;
  }
}
