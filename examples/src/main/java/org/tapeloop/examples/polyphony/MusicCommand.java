package org.tapeloop.examples.polyphony;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.examples.cell.CellStack;
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
import org.tapeloop.examples.melody.Melodies;
import org.tapeloop.examples.music.Frame;
import org.tapeloop.examples.music.MusicFiles;
import org.tapeloop.examples.music.PianoRoll;
import org.tapeloop.examples.music.Timing;
import org.tapeloop.examples.music.counterpoint.Exercises;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tapeloop music}: trains a model of polyphonic music. */
@Command(
    name = "music",
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Trains a recurrent network to tell which of a piano's 88 keys sound in the next frame of a"
          + " piece, and lets it make music.",
      "",
      "Without options it learns from exercises in species counterpoint, which the program composes"
          + " by the rules of Fux and Jeppesen, for about two minutes on two cores. It is judged by"
          + " the negative log-likelihood of the held-out pieces: the sum over the 88 keys, in"
          + " nats, averaged over all frames of all pieces, each piece from its first frame. Fewer"
          + " is better.",
      "",
      "The user's own music is a folder of MIDI files, or a text with a piece to a line: frames"
          + " separated by spaces, MIDI pitches of a frame by commas, - for silence.",
      "",
      "With --melody it learns to write tunes in ABC notation, token by token, in twelve keys: old"
          + " ones that come with the program, again for about two minutes, or the user's. A text"
          + " that ends in .txt is one of chorales in four voices: sixteenths of four pitches, a"
          + " chorale to a line.",
      "",
      TrainingCommand.REPORT,
      "",
    },
    mixinStandardHelpOptions = true,
    defaultValueProvider = MusicCommand.Default.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  tapeloop music",
      "  tapeloop music --data my-midi-files --frames-per-beat 4 --transposition 5",
      "  tapeloop music --data chorales.train.txt --validation chorales.valid.txt",
      "  tapeloop music --joint --average 0.998",
      "  tapeloop music --melody --minutes 3",
      "  tapeloop sample runs/music-1 --length 64",
      "  tapeloop sample runs/music-1 --prompt song.mid --prompt-length 16",
    })
public final class MusicCommand extends TrainingCommand implements Sampled {
  private static final int EXERCISES = 400;

  /** The year of Fux's Gradus ad Parnassum. */
  private static final long EXERCISES_SEED = 1725;

  private static final int MIDI_FRAMES_PER_BEAT = 4;
  private static final int TEXT_FRAMES_PER_BEAT = 1;
  private static final double TEXT_TEMPO = 100;
  private static final int OCTAVE = 12;
  private static final int TOKENS_A_FRAME = 4;
  private static final String PART = "at least 0 and below 1";

  /** What suits a few hundred pieces. */
  static final class Default extends Defaults {
    Default() {
      super(
          Map.of(
              "--hidden", "200",
              "--dropout", "0.3",
              "--sequence", "256",
              "--batch", "16",
              "--learning-rate", "0.005"));
    }
  }

  @Option(
      names = "--melody",
      description =
          "Learn to write melodies token by token, rather than frames of 88 keys. Pieces are cut"
              + " after four times --sequence tokens.")
  private boolean melody;

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description =
          "Pieces to learn from: a folder of MIDI files (.mid, .midi), or a text with a piece to a"
              + " line; with --melody a file or folder of ABC, or a text of chorales.")
  private @Nullable Path data;

  @Mixin private ValidationOption validation;

  @Option(
      names = "--frames-per-beat",
      paramLabel = "N",
      description =
          "Frames in a quarter note: how finely MIDI files are read, and how fast frames are"
              + " played. Default: 4 for MIDI, 1 for text.")
  private @Nullable Integer framesPerBeat;

  @Option(
      names = "--tempo",
      paramLabel = "X",
      description =
          "Quarter notes in a minute, for playing. Default: that of the first MIDI file, else 100.")
  private @Nullable Double tempo;

  @Option(
      names = "--transpose",
      paramLabel = "N",
      defaultValue = "0",
      description = "Move all pieces by N semitones as they are read. Default: ${DEFAULT-VALUE}.")
  private int transpose;

  @Option(
      names = "--transposition",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "In training, move each piece by up to N semitones up or down, by chance, but to no pitch"
              + " that does not occur in the pieces to learn from. Default: ${DEFAULT-VALUE}.")
  private int transposition;

  @Option(
      names = "--joint",
      description =
          "Tell each key of a frame from its lower keys too, not from the frames before alone, so"
              + " that the notes of a chord are told, and made up, together.")
  private boolean joint;

  @Mixin private CellOptions layers;

  @Option(
      names = "--input-dropout",
      paramLabel = "P",
      defaultValue = "0",
      description =
          "How often a number that the first layer reads is dropped in training: a key of the frame"
              + " before, or with --melody a feature of a token. Default: ${DEFAULT-VALUE}.")
  private double inputDropout;

  @Option(
      names = "--state-dropout",
      paramLabel = "P",
      defaultValue = "0",
      description =
          "How often a number of a layer's state is dropped for the next step in training, the same"
              + " at all steps of a sequence; for cells such as lstm, which have a memory besides."
              + " Default: ${DEFAULT-VALUE}.")
  private double stateDropout;

  @Option(
      names = "--locked-dropout",
      description =
          "Drop the same numbers between layers, and of what the first reads, at all steps of a"
              + " sequence, rather than others at each (variational dropout, Gal and Ghahramani"
              + " 2016).")
  private boolean lockedDropout;

  @Mixin private SequenceOptions sequences;
  @Mixin private AdamOptions optimiser;

  @Override
  protected void check(Ranges ranges) {
    layers.check(ranges);
    ranges.require(
        "--frames-per-beat",
        framesPerBeat == null || (framesPerBeat >= 1 && framesPerBeat <= 96),
        "1 to 96",
        String.valueOf(framesPerBeat));
    ranges.require(
        "--tempo",
        tempo == null || (tempo >= 4 && tempo <= 1000),
        "4 to 1000",
        String.valueOf(tempo));
    ranges.require(
        "--transposition",
        transposition >= 0 && transposition <= OCTAVE,
        "0 to " + OCTAVE,
        transposition);
    if (melody && joint) {
      throw ranges.refusal("--joint is about the keys of frames, which --melody has none of");
    }
    ranges.require("--input-dropout", isPart(inputDropout), PART, inputDropout);
    ranges.require("--state-dropout", isPart(stateDropout), PART, stateDropout);
    sequences.check(ranges);
    validation.check(ranges);
    optimiser.check(ranges);
  }

  private static boolean isPart(double probability) {
    return probability >= 0 && probability < 1;
  }

  @Override
  protected Experiment experiment() {
    return melody
        ? melodies().experiment(data, validation.path(), optimiser)
        : Polyphony.create(settings(), music(), optimiser);
  }

  private CellStack.Sizes sizes() {
    CellStack.Sizes stack = layers.sizes();
    double outputs = stack.dropping().outputs();
    return stack.with(new CellStack.Dropping(inputDropout, outputs, stateDropout, lockedDropout));
  }

  private Melodies melodies() {
    return new Melodies(
        sizes(),
        sequences.embedding(),
        TOKENS_A_FRAME * sequences.sequence(),
        sequences.batch(),
        seed());
  }

  private Polyphony.Settings settings() {
    return new Polyphony.Settings(
        sizes(), joint, sequences.sequence(), sequences.batch(), transposition, seed());
  }

  private MusicData music() {
    if (data == null) {
      return MusicData.holdingOutLastTenth(
          "species counterpoint",
          Exercises.compose(EXERCISES, EXERCISES_SEED),
          played(Exercises.TIMING));
    }
    MusicFiles read = read(data);
    Timing timing =
        played(
            Objects.requireNonNullElse(
                read.timing(), Timing.commonTime(TEXT_FRAMES_PER_BEAT, TEXT_TEMPO)));
    Path heldOut = validation.path();
    return heldOut == null
        ? MusicData.holdingOutLastTenth(data.toString(), read.pieces(), timing)
        : new MusicData(data.toString(), read.pieces(), read(heldOut).pieces(), timing);
  }

  private MusicFiles read(Path path) {
    int fineness = Objects.requireNonNullElse(framesPerBeat, MIDI_FRAMES_PER_BEAT);
    return MusicFiles.read(path, new MusicFiles.Reading(fineness, transpose));
  }

  /** The timing of the data, but for what the options say. */
  private Timing played(Timing timing) {
    int frames = Objects.requireNonNullElse(framesPerBeat, timing.framesPerBeat());
    return new Timing(
        frames,
        Math.max(1, timing.framesPerBar() * frames / timing.framesPerBeat()),
        Objects.requireNonNullElse(tempo, timing.tempo()));
  }

  /** Goes on from the first frames of a piece in a file, if a prompt names one. */
  @Override
  public Drawn sample(SavedRun saved, SampleRequest request) {
    if (melody) {
      return melodies().draw(saved, optimiser, request);
    }
    Timing timing = Polyphony.timing(saved.notes());
    Generator unused = new Generator(seed());
    RollNetwork<?> model = optimiser.restore(saved, settings().model(unused, unused));
    List<Frame> given =
        request.prompt().map(file -> firstPiece(Path.of(file), timing).frames()).orElse(List.of());
    int length = Math.min(given.size(), request.promptLength().orElse(given.size()));
    String title =
        "%s: %s".formatted(layers.sizes(), length == 0 ? "from silence" : "going on from a piece");
    return new Continuation(title, given.subList(0, length), timing).draw(model, request);
  }

  private PianoRoll firstPiece(Path file, Timing timing) {
    return MusicFiles.read(file, new MusicFiles.Reading(timing.framesPerBeat(), transpose))
        .pieces()
        .getFirst();
  }
}
