package org.tapeloop.examples.abc;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether the bars of a tune have the length that its metre asks for. */
public final class Bars {
  /**
   * What stands between two bar lines.
   *
   * @param length the sum of its notes and rests, a part of a whole note
   * @param expected by the metre
   * @param edge whether a part of the tune begins or ends with it
   */
  private record Measure(Fraction length, Fraction expected, boolean edge) {}

  private Bars() {}

  /**
   * The first bar that has not the length of the metre. A bar at the edge of a part, that is next
   * to a double bar line, a repeat sign, an ending, or the start or end of the tune, may be
   * shorter: there the upbeats are.
   *
   * @return what is wrong with it, or nothing if all are right
   */
  public static Optional<String> firstWrong(Tune tune) {
    List<Measure> measures = measures(tune);
    for (int i = 0; i < measures.size(); i++) {
      Measure measure = measures.get(i);
      int order = measure.length.compareTo(measure.expected);
      if (order > 0 || (order < 0 && !measure.edge)) {
        return Optional.of(
            "bar %d lasts %s of a whole note, not %s"
                .formatted(i + 1, measure.length, measure.expected));
      }
    }
    return Optional.empty();
  }

  /**
   * The length of what stands before the first whole bar of a tune, a part of a whole note: zero if
   * it begins with one.
   */
  public static Fraction pickup(Tune tune) {
    return measures(tune).stream()
        .findFirst()
        .filter(first -> first.length.compareTo(first.expected) < 0)
        .map(Measure::length)
        .orElse(Fraction.ZERO);
  }

  private static List<Measure> measures(Tune tune) {
    List<Measure> measures = new ArrayList<>();
    Meter meter = tune.meter();
    Tuplets tuplets = new Tuplets();
    Fraction length = Fraction.ZERO;
    boolean edge = true;
    for (Symbol symbol : tune.body()) {
      switch (symbol) {
        case Symbol.Note note ->
            length = length.plus(tuplets.sounding(note.length()).times(tune.unit()));
        case Symbol.Rest rest ->
            length = length.plus(tuplets.sounding(rest.length()).times(tune.unit()));
        case Symbol.Tuplet tuplet -> tuplets.begin(tuplet);
        case Symbol.MeterChange change -> meter = change.meter();
        case Symbol.Ending ending -> edge = true;
        case Symbol.KeyChange key -> {}
        case Symbol.Bar bar -> {
          if (!length.equals(Fraction.ZERO)) {
            measures.add(new Measure(length, meter.bar(), edge || bar.isEdge()));
          }
          edge = bar.isEdge() || (edge && length.equals(Fraction.ZERO));
          length = Fraction.ZERO;
        }
      }
    }
    if (!length.equals(Fraction.ZERO)) {
      measures.add(new Measure(length, meter.bar(), true));
    }
    return measures;
  }
}
