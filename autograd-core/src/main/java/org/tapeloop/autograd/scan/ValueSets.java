package org.tapeloop.autograd.scan;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What values are computed from, and what is computed from them. */
final class ValueSets {
  static final Comparator<Value> BY_ID = Comparator.comparingInt(value -> value.id);

  private ValueSets() {}

  /** The values and all they are computed from, not going beyond {@code stop}. */
  static Set<Value> closure(Collection<Value> from, Set<Value> stop) {
    Set<Value> reached = new LinkedHashSet<>();
    List<Value> open = new ArrayList<>(from);
    while (!open.isEmpty()) {
      Value next = open.removeLast();
      if (!stop.contains(next) && reached.add(next)) {
        open.addAll(next.args);
      }
    }
    return reached;
  }

  static Set<Value> closure(Collection<Value> from) {
    return closure(from, Set.of());
  }

  /** Those of the values that something with the property enters. */
  static Set<Value> descendants(Set<Value> all, Predicate<Value> origin) {
    Set<Value> reached = new HashSet<>();
    for (Value value : inOrder(all)) {
      if (origin.test(value) || value.args.stream().anyMatch(reached::contains)) {
        reached.add(value);
      }
    }
    return reached;
  }

  /** The values in an order in which they can be computed. */
  static List<Value> inOrder(Collection<Value> values) {
    List<Value> order = new ArrayList<>(values);
    order.sort(BY_ID);
    return order;
  }

  /** For each value those that have it as an argument, once for each time they have. */
  static Map<Value, List<Value>> users(Collection<Value> all) {
    Map<Value, List<Value>> users = new HashMap<>();
    for (Value value : inOrder(all)) {
      value.args.forEach(arg -> users.computeIfAbsent(arg, a -> new ArrayList<>()).add(value));
    }
    return users;
  }

  static List<Value> concat(Collection<Value> a, Collection<Value> b) {
    List<Value> both = new ArrayList<>(a);
    both.addAll(b);
    return both;
  }

  /** The value that a slice is columns of, or the value itself. */
  static Value whole(Value value) {
    return value.what instanceof Value.Slice ? value.args.getFirst() : value;
  }

  /** Where columns of a value begin in it. */
  static int firstColumn(Value value) {
    return value.what instanceof Value.Slice(var start) ? start : 0;
  }

  /** The place of the nearest of some values that another is computed from, if it is as wide. */
  static @Nullable Location nearest(Value value, Map<Value, Location> places) {
    Set<Value> seen = new HashSet<>();
    Deque<Value> open = new ArrayDeque<>(value.args);
    while (!open.isEmpty()) {
      Value next = open.remove();
      Location whole = places.get(whole(next));
      if (whole != null) {
        if (next.width == value.width) {
          return whole.columns(firstColumn(next), next.width);
        }
      } else if (seen.add(next)) {
        open.addAll(next.args);
      }
    }
    return null;
  }
}
