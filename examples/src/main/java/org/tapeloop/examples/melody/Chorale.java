package org.tapeloop.examples.melody;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.text.TextFiles;

/**
 * A piece in four voices, in sixteenths.
 *
 * @param steps the MIDI pitches of soprano, alto, tenor and bass in each sixteenth, -1 for silence
 */
record Chorale(List<List<Integer>> steps) {
  /** Soprano, alto, tenor and bass. */
  static final int VOICES = 4;

  private static final int SILENCE = -1;
  private static final String REST = "r";
  private static final String HELD = "-";
  private static final int LOWEST = 21;
  private static final int HIGHEST = 108;

  /**
   * The lowest and the highest pitch of each voice.
   *
   * @param lowest by voice
   * @param highest by voice
   */
  record Ranges(List<Integer> lowest, List<Integer> highest) {
    static Ranges of(List<Chorale> chorales) {
      List<Integer> low = new ArrayList<>();
      List<Integer> high = new ArrayList<>();
      for (int v = 0; v < VOICES; v++) {
        int voice = v;
        var pitches =
            chorales.stream()
                .flatMap(chorale -> chorale.steps.stream())
                .mapToInt(step -> step.get(voice))
                .filter(pitch -> pitch != SILENCE)
                .summaryStatistics();
        low.add(pitches.getMin());
        high.add(pitches.getMax());
      }
      return new Ranges(List.copyOf(low), List.copyOf(high));
    }

    /** Whether all voices are in range when all are moved by so many semitones. */
    boolean holds(Chorale chorale, int semitones) {
      for (List<Integer> step : chorale.steps) {
        for (int v = 0; v < VOICES; v++) {
          int pitch = step.get(v) + semitones;
          if (step.get(v) != SILENCE && (pitch < lowest.get(v) || pitch > highest.get(v))) {
            return false;
          }
        }
      }
      return true;
    }
  }

  Chorale {
    steps = steps.stream().map(List::copyOf).toList();
  }

  /**
   * Chorales from a text, one to a line: sixteenths with spaces between them, each the pitches of
   * soprano, alto, tenor and bass with commas between them, -1 for silence.
   *
   * @throws Failure naming the line, if it is something else
   */
  static List<Chorale> read(Path file) {
    List<Chorale> chorales = new ArrayList<>();
    int line = 0;
    for (String written : TextFiles.read(file).split("\n", -1)) {
      line++;
      if (!written.isBlank()) {
        List<List<Integer>> steps = new ArrayList<>();
        for (String step : written.strip().split("\\s+", -1)) {
          steps.add(step(step, file + ", line " + line));
        }
        chorales.add(new Chorale(steps));
      }
    }
    if (chorales.isEmpty()) {
      throw new Failure(file + ": there are no chorales in it");
    }
    return chorales;
  }

  private static List<Integer> step(String text, String where) {
    List<Integer> pitches = new ArrayList<>();
    for (String pitch : text.split(",", -1)) {
      if (!pitch.matches("-1|\\d{2,3}")) {
        pitches.clear();
        break;
      }
      pitches.add(Integer.valueOf(pitch));
    }
    boolean known = pitches.stream().allMatch(p -> p == SILENCE || (p >= LOWEST && p <= HIGHEST));
    if (pitches.size() != VOICES || !known) {
      throw new Failure(
          "%s: '%s' is no sixteenth of four voices, such as 67,62,59,43".formatted(where, text));
    }
    return pitches;
  }

  /** All voices moved by so many semitones. */
  Chorale transposed(int semitones) {
    return new Chorale(
        steps.stream()
            .map(step -> step.stream().map(p -> p == SILENCE ? p : p + semitones).toList())
            .toList());
  }

  /** Voice by voice, sixteenth by sixteenth: a pitch that begins, one held on, or a rest. */
  List<String> tokens() {
    List<String> tokens = new ArrayList<>();
    for (int t = 0; t < steps.size(); t++) {
      for (int v = 0; v < VOICES; v++) {
        int pitch = steps.get(t).get(v);
        boolean held = t > 0 && steps.get(t - 1).get(v) == pitch;
        tokens.add(held ? HELD : pitch == SILENCE ? REST : Integer.toString(pitch));
      }
    }
    return List.copyOf(tokens);
  }

  /**
   * The piece that tokens spell, up to the last whole sixteenth; what is held at the start rests.
   */
  static Chorale ofTokens(List<String> tokens) {
    List<List<Integer>> steps = new ArrayList<>();
    for (int t = 0; (t + 1) * VOICES <= tokens.size(); t++) {
      List<Integer> step = new ArrayList<>();
      for (int v = 0; v < VOICES; v++) {
        String token = tokens.get(t * VOICES + v);
        step.add(
            switch (token) {
              case HELD -> steps.isEmpty() ? SILENCE : steps.getLast().get(v);
              case REST -> SILENCE;
              default -> Integer.valueOf(token);
            });
      }
      steps.add(step);
    }
    return new Chorale(steps);
  }
}
