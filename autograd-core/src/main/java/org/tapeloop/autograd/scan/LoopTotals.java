package org.tapeloop.autograd.scan;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.BinaryKernel;

/**
 * Sums over steps, or over rows and steps, of what nothing else needs in memory: the loop adds each
 * step's rows to a total [B, n], which stays near, where a matrix for each step would be written to
 * memory and read again. The total's rows are added up when the loop is over.
 */
final class LoopTotals {

  /**
   * A total.
   *
   * @param before the leaf that stands for it before a step
   * @param after what a step makes of it
   */
  private record Total(Value before, Value after, Location place) {}

  private final Buffers buffers;

  /** By the sum. */
  private final Map<Value, Total> totals = new LinkedHashMap<>();

  /** The totals after a step, and values side by side, whose parts are computed in their places. */
  private final Map<Value, Location> wanted = new LinkedHashMap<>();

  LoopTotals(Buffers buffers) {
    this.buffers = buffers;
  }

  /**
   * Takes those sums whose only term the loop computes for nobody else.
   *
   * @param sums over steps
   * @param inLoop what the loop is to leave in memory; their terms are removed
   * @param read what is read once the loop is over, as often as it is; their terms are removed
   * @param firstId from which on numbers of values are free
   */
  void take(Collection<Value> sums, Set<Value> inLoop, List<Value> read, int firstId) {
    for (Value sum : sums) {
      Value term = onlyTerm(sum);
      if (term != null
          && inLoop.contains(term)
          && Collections.frequency(read, term) == 1
          && inLoop.stream().noneMatch(v -> isPart(term, v))) {
        int id = firstId + 2 * totals.size();
        Value before = new Value(id, new Value.Total(totals.size()), List.of(), term.width);
        Value.What add = new Value.Binary(BinaryKernel.ADD);
        Value after = new Value(id + 1, add, List.of(before, term), term.width);
        int buffer = buffers.add(new Buffers.Total(), term.width);
        Location place = new Location(buffer, Location.At.FIXED, 0, term.width);
        totals.put(sum, new Total(before, after, place));
        if (term.what instanceof Value.Join) {
          wanted.put(term, scratch(term.width));
        }
        wanted.put(after, place);
        inLoop.remove(term);
        read.remove(term);
      }
    }
  }

  private Location scratch(int width) {
    return new Location(buffers.add(new Buffers.Scratch(), width), Location.At.FIXED, 0, width);
  }

  private static @Nullable Value onlyTerm(Value sum) {
    if (sum.what instanceof Value.RowSum) {
      return sum.args.getFirst();
    }
    return sum.isSum() ? null : sum;
  }

  private static boolean isPart(Value value, Value join) {
    return join.what instanceof Value.Join && join.args.contains(value);
  }

  /** Where the totals stand before the loop. */
  Map<Value, Location> standing() {
    Map<Value, Location> places = new LinkedHashMap<>();
    totals.values().forEach(total -> places.put(total.before, total.place));
    return places;
  }

  /** What the loop is to compute, and where. */
  Map<Value, Location> wanted() {
    return wanted;
  }

  /** Where the totals stand. */
  List<Location> places() {
    return totals.values().stream().map(Total::place).toList();
  }

  /** Where the rows stand that add up to a sum, or null if the loop adds nothing up for it. */
  @Nullable Location place(Value sum) {
    Total total = totals.get(sum);
    return total == null ? null : total.place;
  }
}
