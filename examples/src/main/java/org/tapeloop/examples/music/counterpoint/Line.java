package org.tapeloop.examples.music.counterpoint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A voice while it is composed: its notes so far, and when each of them begins. */
final class Line {
  private final Species species;
  private final int[] starts;
  private final List<Tone> tones = new ArrayList<>();

  Line(Species species, int bars) {
    this.species = species;
    starts = species.starts(bars);
  }

  Species species() {
    return species;
  }

  /** How many notes it will have. */
  int length() {
    return starts.length;
  }

  /** The quarter in which a note begins. */
  int start(int note) {
    return starts[note];
  }

  /** How many notes it has so far. */
  int size() {
    return tones.size();
  }

  /** A note so far. */
  Tone tone(int note) {
    return tones.get(note);
  }

  /** Whether a note that began in the bar before is held over the bar line at a quarter. */
  boolean holdsOver(int quarter) {
    int note = noteAt(quarter);
    return quarter % Species.BAR == 0 && note >= 0 && starts[note] < quarter;
  }

  /** The notes so far. */
  List<Tone> tones() {
    return List.copyOf(tones);
  }

  void add(Tone tone) {
    tones.add(tone);
  }

  void removeLast() {
    tones.removeLast();
  }

  /** The note that sounds in a quarter; -1 before the first. */
  int noteAt(int quarter) {
    int found = Arrays.binarySearch(starts, quarter);
    return found >= 0 ? found : -found - 2;
  }

  /** What sounds in a quarter; null in a rest, or where nothing is composed yet. */
  @Nullable Tone at(int quarter) {
    int note = noteAt(quarter);
    return note >= 0 && note < tones.size() ? tones.get(note) : null;
  }
}
