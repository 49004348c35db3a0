package org.tapeloop.examples.abc;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A tune as it sounds: repeats played, accidentals and ties resolved. */
public final class Performance {
  /**
   * A note as it sounds.
   *
   * @param pitch on the keyboard, middle C being 60
   * @param start since the beginning, a part of a whole note
   * @param length a part of a whole note
   */
  public record Tone(int pitch, Fraction start, Fraction length) {}

  private final Tune tune;
  private final List<Tone> tones = new ArrayList<>();
  private final Tuplets tuplets = new Tuplets();

  /** Accidentals of the bar, by written step. */
  private final Map<Integer, Integer> accidentals = new HashMap<>();

  /** Tones that a tie holds on, by pitch: where they stand in {@link #tones}. */
  private final Map<Integer, Integer> held = new HashMap<>();

  private Key key;
  private Fraction now = Fraction.ZERO;

  private Performance(Tune tune) {
    this.tune = tune;
    key = tune.key();
  }

  /** The tones of a tune in the order in which they begin. */
  public static List<Tone> of(Tune tune) {
    Performance performance = new Performance(tune);
    performance.play();
    return List.copyOf(performance.tones);
  }

  private void play() {
    List<Symbol> body = tune.body();
    int start = 0;
    Key keyAtStart = key;
    int passage = 1;
    boolean hasEnding = false;
    for (int at = 0; at < body.size(); at++) {
      switch (body.get(at)) {
        case Symbol.Bar bar -> {
          accidentals.clear();
          if (bar.repeatsBefore() && isPlayedAgain(at, passage, hasEnding)) {
            passage++;
            at = start - 1;
            key = keyAtStart;
          } else if (bar.isEdge()) {
            start = at + 1;
            keyAtStart = key;
            passage = 1;
            hasEnding = false;
          }
        }
        case Symbol.Ending ending -> {
          hasEnding = true;
          if (!ending.passages().contains(passage)) {
            at = endingFor(passage, at);
          }
        }
        case Symbol other -> sound(other);
      }
    }
  }

  private boolean isPlayedAgain(int at, int passage, boolean hasEnding) {
    if (!hasEnding) {
      return passage == 1;
    }
    boolean follows =
        at + 1 < tune.body().size()
            && tune.body().get(at + 1) instanceof Symbol.Ending next
            && next.passages().contains(passage + 1);
    return follows || current(at).contains(passage + 1);
  }

  /** The passages of the ending that a place belongs to. */
  private List<Integer> current(int at) {
    for (int i = at; i >= 0; i--) {
      if (tune.body().get(i) instanceof Symbol.Ending ending) {
        return ending.passages();
      }
    }
    return List.of();
  }

  /** The place of the ending for a passage, or of the end if there is none. */
  private int endingFor(int passage, int from) {
    for (int i = from; i < tune.body().size(); i++) {
      if (tune.body().get(i) instanceof Symbol.Ending ending
          && ending.passages().contains(passage)) {
        return i;
      }
    }
    return tune.body().size();
  }

  private void sound(Symbol symbol) {
    switch (symbol) {
      case Symbol.Note note -> {
        Fraction length = tuplets.sounding(note.length()).times(tune.unit());
        note.pitches().forEach(pitch -> sound(pitch, length, note.tied()));
        now = now.plus(length);
      }
      case Symbol.Rest rest -> now = now.plus(tuplets.sounding(rest.length()).times(tune.unit()));
      case Symbol.Tuplet tuplet -> tuplets.begin(tuplet);
      case Symbol.KeyChange change -> {
        key = change.key();
        accidentals.clear();
      }
      default -> {
        // Nothing that sounds.
      }
    }
  }

  private void sound(Pitch pitch, Fraction length, boolean tied) {
    Integer accidental = pitch.accidental();
    if (accidental != null) {
      accidentals.put(pitch.step(), accidental);
    }
    int alteration = accidentals.getOrDefault(pitch.step(), key.signature(pitch.letter()));
    int midi = pitch.midi(alteration);
    Integer before = held.remove(midi);
    Tone tone = before == null ? null : tones.get(before);
    int index;
    if (before != null && tone != null && tone.start().plus(tone.length()).equals(now)) {
      index = before;
      tones.set(before, new Tone(midi, tone.start(), tone.length().plus(length)));
    } else {
      index = tones.size();
      tones.add(new Tone(midi, now, length));
    }
    if (tied) {
      held.put(midi, index);
    }
  }
}
