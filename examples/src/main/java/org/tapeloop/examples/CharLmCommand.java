package org.tapeloop.examples;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Backends;
import org.tapeloop.examples.charlm.CharLm;
import org.tapeloop.examples.charlm.CharLmCheckpoint;
import org.tapeloop.examples.charlm.CharLmConfig;
import org.tapeloop.examples.experiment.Plan;
import org.tapeloop.examples.experiment.Position;
import org.tapeloop.examples.experiment.RunFolder;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.files.WholeFile;
import org.tapeloop.examples.text.Corpus;
import org.tapeloop.examples.text.TextFiles;
import org.tapeloop.examples.text.WordNet;
import org.tapeloop.nn.decoding.Sampler;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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
      "  tapeloop sample runs/char-lm-1 --prompt \"a machine \"",
    })
final class CharLmCommand implements Callable<Integer> {
  private static final String NAME = "char-lm";

  /** About two minutes on two cores with the default model. */
  private static final long DEFAULT_STEPS = 8000;

  private static final double DEFAULT_SECONDS = 120;

  /** More passes over a small text teach the default model nothing more. */
  private static final long DEFAULT_MAX_EPOCHS = 40;

  @Spec private CommandSpec spec;

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description =
          "A text file in UTF-8, or a folder of them, to learn from instead of the dictionary.")
  private @Nullable Path data;

  @Mixin private RunOptions run;
  @Mixin private ModelOptions model;
  @Mixin private SamplingOptions sampling;
  @Mixin private BackendOptions backend;

  @Override
  public Integer call() {
    run.check();
    Sampler sampler = sampling.sampler();
    CharLmConfig asked =
        model.config(
            data == null ? CharLmConfig.EMBEDDED : data.toAbsolutePath().normalize().toString());
    Path resumed = run.resume();
    return backend.use(
        () -> resumed == null ? start(asked, sampler) : goOn(resumed, asked, sampler));
  }

  private int start(CharLmConfig config, Sampler sampler) {
    RunFolder folder = run.newFolder(NAME);
    Corpus corpus = corpus(config).requireSequences(config.sequence());
    CharLm<?> experiment = CharLm.create(config, corpus, sampler);
    long epoch = experiment.stepsPerEpoch();
    Position position = run.start(epoch, Math.min(DEFAULT_STEPS, DEFAULT_MAX_EPOCHS * epoch));
    folder.create();
    Map<String, String> configuration = new LinkedHashMap<>(config.toMap());
    configuration.put("sampling", sampler.toString());
    configuration.put("backend", Backends.current().description());
    folder.writeConfiguration(configuration);
    if (config.data().equals(CharLmConfig.EMBEDDED)) {
      WholeFile.write(folder.path().resolve("LICENCE-WordNet.txt"), WordNet.licence());
    }
    return train(
        experiment,
        Plan.forSteps(expectedSteps(position), config.learningRate()),
        position,
        folder);
  }

  /** The steps of a run, or a guess of those that its time limit will allow. */
  private static long expectedSteps(Position position) {
    return position.steps() > 0
        ? position.steps()
        : Math.max(1, Math.round(DEFAULT_STEPS * position.limit() / DEFAULT_SECONDS));
  }

  private int goOn(Path resumed, CharLmConfig asked, Sampler sampler) {
    Path file = RunFolder.checkpointOf(resumed).toAbsolutePath();
    RunFolder folder =
        new RunFolder(
            Files.isDirectory(resumed) ? resumed : Objects.requireNonNull(file.getParent()));
    CharLmCheckpoint checkpoint = CharLmCheckpoint.read(file);
    CharLmConfig config = checkpoint.config();
    refuseChanges(asked.toMap(), config.toMap(), file);
    CharLm<?> experiment =
        CharLm.resume(checkpoint, corpus(config), sampling.changed(sampler, checkpoint.sampling()));
    Position position =
        run.goOn(Position.ofNotes(checkpoint.notes()), experiment.stepsPerEpoch(), folder);
    return train(experiment, Plan.ofNotes(checkpoint.notes()), position, folder);
  }

  private void refuseChanges(Map<String, String> asked, Map<String, String> saved, Path file) {
    Ranges options = new Ranges(spec);
    saved.forEach(
        (key, value) -> {
          if (options.given("--" + key) && !value.equals(asked.get(key))) {
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

  private int train(CharLm<?> experiment, Plan plan, Position from, RunFolder folder) {
    spec.commandLine().getOut().println(experiment.description());
    return run.train(experiment, plan, from, folder, NAME + ": " + experiment.modelDescription());
  }
}
