package org.tapeloop.examples.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
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

/** {@code tapeloop sample}: text or music from a checkpoint. */
@Command(
    name = "sample",
    description = {
      "Lets a trained model write: it reads the prompt and goes on from there, and prints each"
          + " character, word, or frame of music as soon as it is drawn, and how fast that went.",
      "",
      "Music is also written as MIDI, as sound and as a picture, tunes as ABC too. Of the options"
          + " for drawing, frames of music know the temperature only.",
      "",
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  tapeloop sample runs/char-lm-1",
      "  tapeloop sample runs/char-lm-1 --prompt \"a machine \" --temperature 0.5",
      "  tapeloop sample runs/music-1 --prompt song.mid --prompt-length 16 --length 64",
      "  tapeloop sample runs/music-2 --prompt \"M:6/8 K:D\" --temperature 0.9",
    })
public final class SampleCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "RUN",
      description = "The folder that a training run left, or the checkpoint in it.")
  private Path run;

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description =
          "What to go on from; printed too. For text a new line by default; for music a file, a"
              + " MIDI file or text, whose first piece is gone on from; for melodies a file of ABC,"
              + " or tokens such as \"M:6/8 K:D\"; for seq2seq what is to be rewritten.")
  private @Nullable String prompt;

  @Option(
      names = "--prompt-length",
      paramLabel = "N",
      description = "How many frames, or tokens, of a prompt of music are read. Default: all.")
  private @Nullable Integer promptLength;

  @Option(
      names = "--length",
      paramLabel = "N",
      defaultValue = "500",
      description =
          "How many characters, words, frames or tokens to write. Default: ${DEFAULT-VALUE}.")
  private int length;

  @Option(
      names = "--tunes",
      paramLabel = "N",
      defaultValue = "8",
      description =
          "Tunes in ABC that are drawn side by side; the first that is right is written."
              + " Default: ${DEFAULT-VALUE}.")
  private int tunes;

  @Option(
      names = "--free",
      description =
          "Draw tunes in ABC from all tokens. Without it only those are drawn from that leave"
              + " every bar the length of the metre.")
  private boolean free;

  @Option(
      names = "--out",
      paramLabel = "NAME",
      description =
          "What files of music are called, without .mid, .wav and .png. Default: sample, in the"
              + " folder of the run.")
  private @Nullable Path out;

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
    ranges.require(
        "--prompt-length",
        promptLength == null || promptLength >= 0,
        "0 or more",
        String.valueOf(promptLength));
    ranges.require("--tunes", tunes >= 1, "1 or more", tunes);
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
    PrintWriter printed = spec.commandLine().getOut();
    Path files = out == null ? saved.file().resolveSibling("sample") : out;
    Drawn drawn =
        commandOf(saved)
            .sample(
                saved,
                new SampleRequest(
                    Optional.ofNullable(prompt),
                    promptLength == null ? OptionalInt.empty() : OptionalInt.of(promptLength),
                    length,
                    sampling.sampler(),
                    seed,
                    tunes,
                    free,
                    files,
                    text -> {
                      printed.print(text);
                      printed.flush();
                    }));
    printed.println();
    printed.flush();
    PrintWriter err = spec.commandLine().getErr();
    err.printf(
        Locale.ROOT,
        "%,d %s, %.0f a second%n",
        drawn.count(),
        drawn.unit(),
        drawn.count() / drawn.seconds());
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
