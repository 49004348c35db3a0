package org.tapeloop.examples.melody;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.tapeloop.examples.abc.AbcException;
import org.tapeloop.examples.abc.AbcParser;
import org.tapeloop.examples.abc.Bars;
import org.tapeloop.examples.abc.Performance;
import org.tapeloop.examples.abc.Tune;
import org.tapeloop.examples.abc.TuneTokens;
import org.tapeloop.examples.files.WholeFile;
import org.tapeloop.examples.music.Frame;
import org.tapeloop.examples.music.Rendering;
import org.tapeloop.examples.music.Timing;

/** Pieces that a model has made up. */
final class Songs {
  private static final String TITLE = "Made up by Tapeloop";
  private static final double TEMPO = 120;

  /** Frames in a quarter note: lengths down to sixteenths and their triplets are whole. */
  private static final int FRAMES_PER_BEAT = 12;

  private static final int BEATS = 4;

  private Songs() {}

  /** The ABC that tokens spell. */
  static String text(List<String> tokens) {
    return TuneTokens.text(1, TITLE, tokens);
  }

  /** How many of some tunes are right, in a line of its own after others. */
  static String tally(long right, int count) {
    return "%n%d of %d tunes drawn are ABC with every bar of the right length"
        .formatted(right, count);
  }

  /** Whether tokens spell a tune in ABC all of whose bars have the length of its metre. */
  static boolean isRight(List<String> tokens) {
    try {
      return Bars.firstWrong(AbcParser.parse(text(tokens))).isEmpty();
    } catch (AbcException e) {
      return false;
    }
  }

  /**
   * Writes a piece as MIDI, sound and picture, and a tune as ABC.
   *
   * @param given tokens at its start that were not made up
   * @return the piece, and where it was written, for a person
   */
  static String write(List<String> tokens, boolean chorale, int given, Path base, String title) {
    StringBuilder text = new StringBuilder();
    List<Path> files = new ArrayList<>();
    if (chorale) {
      text.append(String.join(" ", tokens)).append('\n');
      List<Frame> frames = frames(Chorale.ofTokens(tokens));
      files.addAll(
          Rendering.write(
              base, title, frames, Timing.commonTime(BEATS, TEMPO), given / Chorale.VOICES));
    } else {
      String abc = text(tokens);
      text.append(abc);
      Path file = base.resolveSibling(base.getFileName() + ".abc");
      WholeFile.write(file, abc);
      files.add(file);
      Tune tune = AbcParser.parse(abc);
      files.addAll(Rendering.write(base, title, frames(tune), timing(tune), 0));
    }
    files.forEach(file -> text.append("written: ").append(file).append('\n'));
    return text.toString().stripTrailing();
  }

  private static Timing timing(Tune tune) {
    long whole = (long) BEATS * FRAMES_PER_BEAT;
    int bar = (int) Math.max(1, tune.meter().bar().in(whole));
    int pickup = (int) Bars.pickup(tune).in(whole);
    return new Timing(FRAMES_PER_BEAT, bar, TEMPO).withPickup(Math.min(pickup, bar - 1));
  }

  private static List<Frame> frames(Chorale chorale) {
    return chorale.steps().stream()
        .map(
            step ->
                Frame.of(step.stream().mapToInt(Integer::intValue).filter(Frame::hasKey).toArray()))
        .toList();
  }

  /** Each tone rests for its last frame, so that one that is repeated is heard twice. */
  private static List<Frame> frames(Tune tune) {
    List<Frame> frames = new ArrayList<>();
    long whole = (long) BEATS * FRAMES_PER_BEAT;
    for (Performance.Tone tone : Performance.of(tune)) {
      int start = (int) tone.start().in(whole);
      int end = start + Math.max(1, (int) tone.length().in(whole) - 1);
      if (frames.size() <= end) {
        frames.addAll(Collections.nCopies(end + 1 - frames.size(), Frame.SILENCE));
      }
      for (int t = start; t < end && Frame.hasKey(tone.pitch()); t++) {
        frames.set(t, frames.get(t).with(tone.pitch()));
      }
    }
    return frames;
  }
}
