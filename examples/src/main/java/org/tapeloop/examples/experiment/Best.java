package org.tapeloop.examples.experiment;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The best validation of a run so far; kept in its checkpoint.
 *
 * @param step where it was; 0 before the first
 * @param loss there
 * @param since how many validations there were after it, none of them better
 */
record Best(long step, double loss, int since) {
  static final Best NONE = new Best(0, Double.POSITIVE_INFINITY, 0);

  private static final String STEP = "best.step";
  private static final String LOSS = "best.loss";
  private static final String SINCE = "best.since";

  /** After another validation. */
  Best or(long at, double another) {
    return another < loss ? new Best(at, another, 0) : new Best(step, loss, since + 1);
  }

  Map<String, String> toNotes() {
    Map<String, String> notes = new LinkedHashMap<>();
    notes.put(STEP, Long.toString(step));
    notes.put(LOSS, Double.toString(loss));
    notes.put(SINCE, Integer.toString(since));
    return notes;
  }

  static Best ofNotes(Notes notes) {
    return new Best(notes.whole(STEP), notes.decimal(LOSS), notes.parsed(SINCE, Integer::parseInt));
  }
}
