package org.tapeloop.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.examples.music.Frame;
import org.tapeloop.examples.music.MidiReader;
import org.tapeloop.examples.music.MidiWriter;
import org.tapeloop.examples.music.PianoRollText;
import org.tapeloop.examples.music.Timing;

final class MusicCommandTest {
  /** A tune over two chords, and the same a tone higher. */
  private static final String TUNE =
      "48,64,67 48,64,69 48,64,71 48,64,72 43,62,71 43,62,69 43,62,67 - ";

  private static final String HIGHER =
      "50,66,69 50,66,71 50,66,73 50,66,74 45,64,73 45,64,71 45,64,69 - ";

  @TempDir private Path folder;
  private Path pieces;
  private Path run;

  @BeforeEach
  void writePieces() throws IOException {
    String lines = (TUNE.repeat(3).strip() + "\n" + HIGHER.strip() + "\n").repeat(10);
    pieces = Files.writeString(folder.resolve("pieces.txt"), lines);
    run = folder.resolve("run");
  }

  /** A model that trains in a moment. */
  private List<Object> trainArguments(Object... more) {
    List<Object> arguments =
        new ArrayList<>(List.of("music", "--data", pieces, "--out", run, "--hidden", 16));
    arguments.addAll(List.of(more));
    return arguments;
  }

  private Cli train(Object... more) {
    return Cli.run(trainArguments(more).toArray());
  }

  private Path checkpoint() {
    return run.resolve("checkpoint.safetensors");
  }

  private Cli sample(Object... more) {
    List<Object> arguments = new ArrayList<>(List.of("sample", run));
    arguments.addAll(List.of(more));
    return Cli.run(arguments.toArray());
  }

  private static double heldOut(Cli done) {
    Matcher nats = Pattern.compile("held out: ([0-9.]+) nats per frame").matcher(done.out());
    assertTrue(nats.find(), done.out());
    return Double.parseDouble(nats.group(1));
  }

  // ---- a run ----

  @ParameterizedTest
  @ValueSource(strings = {"lstm", "gru", "min-gru"})
  void runLearnsAndSaysOverHowManyFramesItIsJudged(String cell) {
    Cli done = train("--cell", cell, "--steps", 150, "--learning-rate", 0.02).succeeded();
    // Of 20 pieces the last two: 24 and 8 frames.
    assertTrue(done.out().contains("18 pieces of 288 frames to learn from"), done.out());
    assertTrue(done.out().contains("2 of 32 frames held out"), done.out());
    // Keys by their frequency alone: above 9.
    assertTrue(heldOut(done) < 5, done.out());
  }

  /** One of two chords in each frame, by chance: ln 2 if told as a whole, six times that by key. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void notesOfAChordAreToldTogetherIfAskedFor(boolean joint) throws IOException {
    RandomStream random = new RandomStream(7, 0);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 800; i++) {
      text.append(random.uniform(i) < 0.5 ? "48,64,67" : "50,65,69");
      text.append(i % 20 == 19 ? "\n" : " ");
    }
    Files.writeString(pieces, text);
    List<Object> options = new ArrayList<>(List.of("--steps", 200, "--learning-rate", 0.05));
    if (joint) {
      options.add("--joint");
    }
    double nats = heldOut(train(options.toArray()).succeeded());
    assertTrue(joint ? nats < 1.2 : nats > 3.9, "nats " + nats);
    if (joint) {
      for (Frame frame : frames("--length", 40, "--temperature", 0.3)) {
        assertTrue(List.of(Frame.of(48, 64, 67), Frame.of(50, 65, 69)).contains(frame), "" + frame);
      }
    }
  }

  @Test
  void validationPiecesMayBeGiven() throws IOException {
    Path other = Files.writeString(folder.resolve("other.txt"), "60 62 64\n");
    Cli done = train("--validation", other, "--steps", 3).succeeded();
    assertTrue(done.out().contains("20 pieces of 320 frames to learn from"), done.out());
    assertTrue(done.out().contains("1 of 3 frames held out"), done.out());
  }

  @Test
  void withoutDataItLearnsFromCounterpointThatItComposes() {
    Cli done =
        Cli.run("music", "--hidden", 8, "--steps", 2, "--sample-every", 0, "--out", run)
            .succeeded();
    assertTrue(done.out().contains("species counterpoint: 360 pieces"), done.out());
  }

  @Test
  void midiFilesAreLearnedFrom() throws IOException {
    Path midi = Files.createDirectories(folder.resolve("midi"));
    for (int i = 0; i < 4; i++) {
      List<Frame> frames = List.of(Frame.of(60 + i), Frame.of(64 + i), Frame.of(67 + i));
      MidiWriter.write(midi.resolve(i + ".mid"), frames, Timing.commonTime(2, 90));
    }
    pieces = midi;
    Cli done = train("--frames-per-beat", 2, "--steps", 3).succeeded();
    assertTrue(done.out().contains("3 pieces of 9 frames to learn from"), done.out());
    // Twice as fine, the same music has twice the frames.
    run = folder.resolve("finer");
    assertTrue(train("--steps", 3).succeeded().out().contains("3 pieces of 18 frames"));
  }

  @Test
  @Timeout(120)
  void runThatWasKilledGoesOnBitForBitAsAnUndisturbedOne() throws Exception {
    Object[] demanding = {
      "--layers",
      2,
      "--dropout",
      0.3,
      "--input-dropout",
      0.1,
      "--state-dropout",
      0.2,
      "--locked-dropout",
      "--joint",
      "--average",
      0.9,
      "--transposition",
      3,
      "--batch",
      4,
      "--sequence",
      9,
      "--steps",
      300,
      "--sample-every",
      0,
      "--save-every",
      7,
    };
    train(demanding).succeeded();
    var expected = tensors();

    run = folder.resolve("disturbed");
    Path output = folder.resolve("output");
    Subprocess.killOnceSaved(checkpoint(), output, trainArguments(demanding));
    Cli.run("music", "--resume", run).succeeded();
    Tensors.assertSame(expected, tensors());
  }

  private static Object[] with(Object[] options, Object... more) {
    List<Object> all = new ArrayList<>(List.of(options));
    all.addAll(List.of(more));
    return all.toArray();
  }

  // ---- bad input ----

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--frames-per-beat 0 | --frames-per-beat must be 1 to 96, not 0",
        "--tempo 0 | --tempo must be 4 to 1000, not 0.0",
        "--tempo NaN | --tempo must be 4 to 1000, not NaN",
        "--transposition 13 | --transposition must be 0 to 12, not 13",
        "--transposition -1 | --transposition must be 0 to 12, not -1",
        "--transpose x | Invalid value for option '--transpose': 'x' is not an int",
        "--sequence 0 | --sequence must be 1 to 1000000, not 0",
        "--batch 0 | --batch must be 1 to 100000, not 0",
        "--input-dropout 1 | --input-dropout must be at least 0 and below 1, not 1.0",
        "--state-dropout NaN | --state-dropout must be at least 0 and below 1, not NaN",
        "--melody --joint | --joint is about the keys of frames, which --melody has none of",
        "--average 1 | --average must be at least 0 and below 1, not 1.0",
        "--cell lstmm | the cell 'lstmm' is unknown",
      })
  void wrongOptionIsAUsageError(String options, String reason) {
    Object[] words = options.split(" ");
    String line = train(words).failedWith(2);
    assertTrue(line.startsWith("tapeloop music: " + reason), line);
    assertFalse(Files.exists(run));
  }

  @Test
  void validationWithoutDataIsAUsageError() {
    String line = Cli.run("music", "--validation", pieces, "--out", run).failedWith(2);
    assertTrue(line.contains("--validation needs --data"), line);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "60 62 64 | one piece is not enough",
        "60 H4 64 | line 1, frame 2: 'H4' is no pitch",
        "'' | the file is empty",
      })
  void piecesThatCannotBeUsedAreRefused(String text, String reason) throws IOException {
    Files.writeString(pieces, text);
    String line = train().failedWith(1);
    assertTrue(line.contains(pieces.toString()), line);
    assertTrue(line.contains(reason), line);
    assertFalse(Files.exists(run));
  }

  @Test
  void brokenMidiFilesAreRefused() throws IOException {
    pieces = Files.writeString(folder.resolve("broken.mid"), "MThd and no more of it");
    String line = train().failedWith(1);
    assertTrue(line.contains(pieces + ": the MIDI file is damaged or cut short"), line);
    pieces = Files.writeString(folder.resolve("nothing.mid"), "");
    assertTrue(train().failedWith(1).endsWith(pieces + ": the file is empty"));
    pieces = Files.createDirectories(folder.resolve("empty"));
    assertTrue(train().failedWith(1).contains("there are no MIDI files"));
    pieces = folder.resolve("nowhere");
    assertTrue(train().failedWith(1).endsWith("there is no such file"));
  }

  // ---- samples ----

  @Test
  void aSampleIsWrittenAsMidiSoundAndPicture() throws IOException {
    train("--steps", 100, "--learning-rate", 0.02, "--tempo", 90).succeeded();
    Path files = folder.resolve("song");
    Cli done = sample("--length", 20, "--out", files).succeeded();
    assertTrue(done.err().contains("20 frames"), done.err());
    for (String end : List.of(".mid", ".wav", ".png")) {
      assertTrue(done.out().contains(files + end), done.out());
    }
    assertEquals(90, MidiReader.read(folder.resolve("song.mid"), 1).timing().tempo(), 0.01);
    assertTrue(Files.size(folder.resolve("song.wav")) > 44_100);
    assertTrue(ImageIO.read(folder.resolve("song.png").toFile()).getWidth() > 300);
  }

  @Test
  void aSampleGoesOnFromWhatIsGivenAndDependsOnTheSeedAlone() throws IOException {
    train("--steps", 100, "--learning-rate", 0.02).succeeded();
    Object[] given = {"--prompt", pieces, "--prompt-length", 5, "--length", 12};
    List<Frame> one = frames(with(given, "--out", folder.resolve("one")));
    assertEquals(PianoRollText.read(pieces).getFirst().frames().subList(0, 5), one.subList(0, 5));
    assertEquals(one, frames(with(given, "--out", folder.resolve("two"))));
    assertNotEquals(one, frames(with(given, "--out", folder.resolve("three"), "--seed", 2)));
  }

  /** The frames that a sample prints. */
  private List<Frame> frames(Object... options) throws IOException {
    String out = sample(options).succeeded().out();
    Path printed = Files.writeString(folder.resolve("printed.txt"), out.lines().findFirst().get());
    return PianoRollText.read(printed).getFirst().frames();
  }

  @Test
  void wrongOptionsOfSamplesAreRefused() throws IOException {
    train("--steps", 2).succeeded();
    assertTrue(sample("--prompt-length", -1).failedWith(2).contains("--prompt-length must be"));
    Path none = folder.resolve("none.txt");
    assertTrue(sample("--prompt", none).failedWith(1).contains("cannot read " + none));
    Path nowhere = folder.resolve("nowhere").resolve("song");
    Cli unwritten = sample("--length", 2, "--out", nowhere);
    assertTrue(unwritten.failedWith(1).endsWith(nowhere + ".mid: there is no such folder"));
    assertTrue(unwritten.out().endsWith(System.lineSeparator()), unwritten.out());
  }

  // ---- comparing checkpoints ----

  private Map<String, double[]> tensors() throws IOException {
    return Tensors.of(checkpoint());
  }
}
