package org.tapeloop.examples;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Backends;
import org.tapeloop.examples.charlm.CellKind;
import org.tapeloop.examples.charlm.CharLm;
import org.tapeloop.examples.charlm.CharLmCheckpoint;
import org.tapeloop.examples.charlm.CharLmConfig;
import org.tapeloop.examples.experiment.Console;
import org.tapeloop.examples.experiment.Metric;
import org.tapeloop.examples.experiment.Plan;
import org.tapeloop.examples.experiment.Position;
import org.tapeloop.examples.experiment.RunFolder;
import org.tapeloop.examples.experiment.StopSignal;
import org.tapeloop.examples.experiment.Training;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.files.WholeFile;
import org.tapeloop.examples.sampling.SamplingStrategy;
import org.tapeloop.examples.text.Corpus;
import org.tapeloop.examples.text.TextFiles;
import org.tapeloop.examples.text.WordNet;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

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
      "A run leaves a folder with the checkpoint, metrics.csv, samples.txt, config.json and the"
          + " picture loss.png. Ctrl-C saves; --resume goes on, bit for bit as if nothing had"
          + " happened.",
      "",
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  tapeloop char-lm",
      "  tapeloop char-lm --data notes.txt --cell gru --minutes 10",
      "  tapeloop char-lm --resume runs/char-lm-1 --steps 20000",
      "  tapeloop sample runs/char-lm-1 --prompt \"loop: \"",
    })
final class CharLmCommand implements Callable<Integer> {
  /** Exit code of a process that SIGINT ended. */
  private static final int INTERRUPTED = 130;

  /** About two minutes on two cores with the default model. */
  private static final long DEFAULT_STEPS = 2400;

  /** More passes over a small text teach the default model nothing more. */
  private static final long DEFAULT_MAX_EPOCHS = 40;

  /** What {@link #DEFAULT_STEPS} take, for intervals before the speed is known. */
  private static final double DEFAULT_MINUTES = 2;

  @Spec private CommandSpec spec;

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description =
          "A text file in UTF-8, or a folder of them, to learn from instead of the dictionary.")
  private @Nullable Path data;

  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      description = "Where the run is kept. Default: the first free of runs/char-lm-1, -2, ...")
  private @Nullable Path out;

  @Option(
      names = "--resume",
      paramLabel = "RUN",
      description = "Go on with a run: its folder, or the checkpoint in it.")
  private @Nullable Path resume;

  @Option(
      names = "--cell",
      paramLabel = "NAME",
      defaultValue = "lstm",
      description = "lstm, gru or elman. Default: ${DEFAULT-VALUE}.")
  private String cell;

  @Option(
      names = "--layers",
      paramLabel = "N",
      defaultValue = "1",
      description = "Recurrent layers on top of each other. Default: ${DEFAULT-VALUE}.")
  private int layers;

  @Option(
      names = "--hidden",
      paramLabel = "N",
      defaultValue = "320",
      description = "Size of each layer. Default: ${DEFAULT-VALUE}.")
  private int hidden;

  @Option(
      names = "--embedding",
      paramLabel = "N",
      defaultValue = "64",
      description = "Numbers that stand for a character. Default: ${DEFAULT-VALUE}.")
  private int embedding;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      defaultValue = "0",
      description =
          "How often a number between layers is dropped in training; for long runs on little"
              + " text. Default: ${DEFAULT-VALUE}.")
  private double dropout;

  @Option(
      names = "--sequence",
      paramLabel = "N",
      defaultValue = "64",
      description =
          "Characters through which errors are traced back; what the model remembers goes"
              + " further. Default: ${DEFAULT-VALUE}.")
  private int sequence;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "32",
      description = "Places of the text to learn from side by side. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--learning-rate",
      paramLabel = "X",
      defaultValue = "0.004",
      description =
          "At its peak: it rises for the first steps and falls to a hundredth. Default:"
              + " ${DEFAULT-VALUE}.")
  private double learningRate;

  @Option(
      names = "--weight-decay",
      paramLabel = "X",
      defaultValue = "0.01",
      description = "Of the optimiser, AdamW. Default: ${DEFAULT-VALUE}.")
  private double weightDecay;

  @Option(
      names = "--clip",
      paramLabel = "X",
      defaultValue = "1",
      description = "The norm that gradients are scaled down to. Default: ${DEFAULT-VALUE}.")
  private double clip;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "The same seed on the same backend gives the same model. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @ArgGroup(exclusive = true)
  private @Nullable Length length;

  /** How long to train, said in one of three ways. */
  private static final class Length {
    @Option(
        names = "--steps",
        paramLabel = "N",
        description = "How long to train: in steps. Default: " + DEFAULT_STEPS + ".")
    private long steps;

    @Option(names = "--epochs", paramLabel = "N", description = "... in passes over the text.")
    private double epochs;

    @Option(
        names = "--minutes",
        paramLabel = "N",
        description =
            "... in time: the number of steps follows from the speed of the first of them, so"
                + " the result depends on the machine.")
    private double minutes;
  }

  @Option(
      names = "--validate-every",
      paramLabel = "N",
      description = "Steps between validations. Default: a tenth of the run.")
  private @Nullable Long validateEvery;

  @Option(
      names = "--sample-every",
      paramLabel = "N",
      description = "Steps between samples, 0 for none. Default: a quarter of the run.")
  private @Nullable Long sampleEvery;

  @Option(
      names = "--save-every",
      paramLabel = "N",
      description = "Steps between checkpoints. Default: a tenth of the run, 1000 at most.")
  private @Nullable Long saveEvery;

  @Mixin private SamplingOptions sampling;
  @Mixin private BackendOptions backend;

  @Override
  public Integer call() {
    checkRanges();
    SamplingStrategy strategy = sampling.strategy();
    CharLmConfig asked = asked();
    Path run = resume;
    return backend.use(() -> run == null ? start(asked, strategy) : goOn(run, asked, strategy));
  }

  // ---- options ----

  private void checkRanges() {
    require(layers >= 1, "--layers", "1 or more", layers);
    require(hidden >= 1, "--hidden", "1 or more", hidden);
    require(embedding >= 1, "--embedding", "1 or more", embedding);
    require(dropout >= 0 && dropout < 1, "--dropout", "at least 0 and below 1", dropout);
    require(sequence >= 1, "--sequence", "1 or more", sequence);
    require(batch >= 1, "--batch", "1 or more", batch);
    require(isPositive(learningRate), "--learning-rate", "above 0", learningRate);
    require(
        weightDecay == 0 || isPositive(weightDecay), "--weight-decay", "0 or more", weightDecay);
    require(isPositive(clip), "--clip", "above 0", clip);
    if (length != null) {
      require(!given("--steps") || length.steps >= 1, "--steps", "1 or more", length.steps);
      require(
          !given("--epochs") || isPositive(length.epochs), "--epochs", "above 0", length.epochs);
      require(
          !given("--minutes") || isPositive(length.minutes),
          "--minutes",
          "above 0",
          length.minutes);
    }
    requireInterval("--validate-every", validateEvery, 1);
    requireInterval("--sample-every", sampleEvery, 0);
    requireInterval("--save-every", saveEvery, 1);
    if (resume != null && out != null) {
      throw usage("--resume goes on in the run's own folder; --out can't be given with it");
    }
  }

  private static boolean isPositive(double value) {
    return value > 0 && Double.isFinite(value);
  }

  private void requireInterval(String option, @Nullable Long value, long least) {
    require(value == null || value >= least, option, least + " or more", String.valueOf(value));
  }

  private void require(boolean holds, String option, String range, Object value) {
    if (!holds) {
      throw usage("%s must be %s, not %s".formatted(option, range, value));
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private boolean given(String option) {
    return spec.commandLine().getParseResult().hasMatchedOption(option);
  }

  private CharLmConfig asked() {
    CellKind kind;
    try {
      kind = CellKind.named(cell);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    return new CharLmConfig(
        data == null ? CharLmConfig.EMBEDDED : data.toAbsolutePath().normalize().toString(),
        kind,
        layers,
        hidden,
        embedding,
        dropout,
        sequence,
        batch,
        learningRate,
        weightDecay,
        clip,
        seed);
  }

  // ---- the two ways to begin ----

  private int start(CharLmConfig config, SamplingStrategy strategy) {
    RunFolder folder =
        out == null ? RunFolder.next(Path.of("runs"), "char-lm") : new RunFolder(out);
    CharLm<?> experiment =
        CharLm.create(config, corpus(config).requireSequences(config.sequence()), strategy);
    folder.create();
    Map<String, String> configuration = new LinkedHashMap<>(config.toMap());
    configuration.put("sampling", strategy.toString());
    configuration.put("backend", Backends.current().description());
    folder.writeConfiguration(configuration);
    if (config.data().equals(CharLmConfig.EMBEDDED)) {
      WholeFile.write(folder.path().resolve("LICENCE-WordNet.txt"), WordNet.licence());
    }
    Position position = startPosition(experiment);
    Plan plan = Plan.forSteps(expectedSteps(position), config.learningRate());
    return train(config, experiment, plan, position, folder);
  }

  private Position startPosition(CharLm<?> experiment) {
    if (length != null && given("--minutes")) {
      return Position.startWithin(length.minutes * 60);
    }
    long askedSteps = askedSteps(experiment);
    return Position.start(
        askedSteps > 0
            ? askedSteps
            : Math.min(DEFAULT_STEPS, DEFAULT_MAX_EPOCHS * experiment.stepsPerEpoch()));
  }

  /** The steps of a run, or a guess of those that its time limit will allow. */
  private static long expectedSteps(Position position) {
    return position.steps() > 0
        ? position.steps()
        : Math.max(1, Math.round(DEFAULT_STEPS * position.limit() / 60 / DEFAULT_MINUTES));
  }

  /** As many steps as the options say, or 0 if they don't. */
  private long askedSteps(CharLm<?> experiment) {
    if (length == null) {
      return 0;
    }
    return given("--epochs")
        ? Math.max(1, Math.round(length.epochs * experiment.stepsPerEpoch()))
        : length.steps;
  }

  private int goOn(Path run, CharLmConfig asked, SamplingStrategy strategy) {
    Path file = RunFolder.checkpointOf(run).toAbsolutePath();
    RunFolder folder =
        new RunFolder(Files.isDirectory(run) ? run : Objects.requireNonNull(file.getParent()));
    CharLmCheckpoint checkpoint = CharLmCheckpoint.read(file);
    CharLmConfig config = checkpoint.config();
    refuseChanges(asked.toMap(), config.toMap(), file);
    if (given("--minutes")) {
      throw usage("--minutes can't be changed by --resume; --steps and --epochs can");
    }
    CharLm<?> experiment =
        CharLm.resume(checkpoint, corpus(config), resumed(strategy, checkpoint.sampling()));
    Position position = Position.ofNotes(checkpoint.notes());
    long askedSteps = askedSteps(experiment);
    if (askedSteps > 0) {
      position = position.ofSteps(askedSteps);
    }
    if (position.steps() > 0 && position.step() >= position.steps()) {
      throw new Failure(
          "%s has taken all its %,d steps; to train it further: --resume %s --steps N"
              .formatted(folder.path(), position.step(), folder.path()));
    }
    return train(config, experiment, Plan.ofNotes(checkpoint.notes()), position, folder);
  }

  /** How the run sampled so far, but for what is given. */
  private SamplingStrategy resumed(SamplingStrategy asked, SamplingStrategy saved) {
    return new SamplingStrategy(
        given("--temperature") ? asked.temperature() : saved.temperature(),
        given("--top-k") ? asked.topK() : saved.topK(),
        given("--top-p") ? asked.topP() : saved.topP());
  }

  private void refuseChanges(Map<String, String> asked, Map<String, String> saved, Path file) {
    saved.forEach(
        (key, value) -> {
          if (given("--" + key) && !value.equals(asked.get(key))) {
            throw new Failure(
                "%s is a checkpoint with --%s %s; it can't go on with --%s %s"
                    .formatted(file, key, value, key, asked.get(key)));
          }
        });
  }

  private static Corpus corpus(CharLmConfig config) {
    return config.data().equals(CharLmConfig.EMBEDDED)
        ? WordNet.corpus()
        : Corpus.holdingOutLastTenth(config.data(), TextFiles.read(Path.of(config.data())));
  }

  // ---- training ----

  private int train(
      CharLmConfig config, CharLm<?> experiment, Plan plan, Position from, RunFolder folder) {
    Console console = Console.detect(spec.commandLine().getOut(), spec.commandLine().getErr());
    console.println(experiment.description());
    console.println("on " + Backends.current().description());
    console.println(
        from.step() == 0
            ? "keeping the run in %s".formatted(folder.path())
            : "going on with %s after %,d steps".formatted(folder.path(), from.step()));
    String title =
        "char-lm: %s, %d x %d"
            .formatted(config.cell().label(), config.layers(), config.hiddenSize());
    try (StopSignal stop = StopSignal.onShutdown()) {
      Training training =
          new Training(
              experiment,
              plan.withIntervals(validateEvery, sampleEvery, saveEvery),
              from,
              folder,
              console,
              stop,
              title);
      return switch (training.run()) {
        case Training.Outcome.Finished(double loss, Position position) -> {
          report(console, folder, loss, position);
          yield 0;
        }
        case Training.Outcome.Interrupted(Position position) -> {
          console.println(
              "stopped after %,d steps and saved; to go on: tapeloop char-lm --resume %s"
                  .formatted(position.step(), folder.path()));
          yield INTERRUPTED;
        }
      };
    }
  }

  private static void report(Console console, RunFolder folder, double loss, Position position) {
    console.println(
        String.format(
            Locale.ROOT,
            "held-out text: %.3f bits per character (loss %.4f), after %,d steps in %d:%02d min",
            Metric.BITS_PER_CHARACTER.of(loss),
            loss,
            position.step(),
            (long) position.seconds() / 60,
            (long) position.seconds() % 60));
    console.println("written: " + folder.checkpoint());
    console.println("         " + folder.metrics());
    console.println("         " + folder.samples());
    console.println("         " + folder.chart());
    console.println("         " + folder.configuration());
    console.println("now try: tapeloop sample %s --prompt \"...\"".formatted(folder.path()));
  }
}
