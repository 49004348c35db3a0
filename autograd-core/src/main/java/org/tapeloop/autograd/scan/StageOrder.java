package org.tapeloop.autograd.scan;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a stage computes, and in which order.
 *
 * <p>A value may take the place of others that nobody reads once the stage is over. Then it comes
 * after all that reads them.
 */
final class StageOrder {
  private final StagePlaces places;
  private final Set<Value> computed = new HashSet<>();

  /** For a value that replaces others, what reads these. */
  private final Map<Value, Set<Value>> readers = new HashMap<>();

  private final List<Location> taken = new ArrayList<>();

  StageOrder(StagePlaces places) {
    this.places = places;
  }

  /** Has the stage compute a value, and what it depends on. */
  void need(Value value) {
    Deque<Value> open = new ArrayDeque<>();
    open.add(value);
    while (!open.isEmpty()) {
      Value next = open.remove();
      if (places.isComputed(next) && computed.add(next)) {
        open.addAll(places.dependencies(next));
      }
    }
  }

  /** What reads the values that a value replaces, itself left out. */
  Set<Value> readersOfReplaced(Value value) {
    return readers.getOrDefault(value, Set.of());
  }

  /**
   * Each value after what it depends on, and after what reads the values it replaces. What only one
   * value depends on comes as late as it can, so that a backend may compute both in one loop.
   */
  List<Value> inOrder() {
    Map<Value, List<Value>> users = new HashMap<>();
    for (Value value : ValueSets.inOrder(computed)) {
      for (Value arg : places.dependencies(value)) {
        users.computeIfAbsent(arg, a -> new ArrayList<>()).add(value);
      }
    }
    Set<Value> order = new LinkedHashSet<>();
    for (Value value : ValueSets.inOrder(computed)) {
      if (users.getOrDefault(value, List.of()).size() != 1) {
        append(value, users, new HashSet<>(), order);
      }
    }
    return new ArrayList<>(order);
  }

  /**
   * Recursion is as deep as one step's longest chain of operations.
   *
   * @param open values that are being appended, each for the sake of the one before
   */
  private void append(
      Value value, Map<Value, List<Value>> users, Set<Value> open, Set<Value> order) {
    if (computed.contains(value) && !order.contains(value)) {
      open.add(value);
      for (Value reader : readersOfReplaced(value)) {
        append(onlyUser(reader, open, users), users, open, order);
      }
      places.dependencies(value).forEach(arg -> append(arg, users, open, order));
      open.remove(value);
      order.add(value);
    }
  }

  /** What alone depends on a value, if it can come before others; or else the value itself. */
  private Value onlyUser(Value value, Set<Value> before, Map<Value, List<Value>> users) {
    List<Value> all = users.getOrDefault(value, List.of());
    boolean comesBefore = all.size() == 1 && !dependsOn(all.getFirst(), before);
    return comesBefore ? all.getFirst() : value;
  }

  /**
   * Has values take the places of others, if there is an order for that. All that the stage
   * computes is to be known by then.
   *
   * @param stored values that the stage computes, and where
   * @return whether they will
   */
  boolean replace(Map<Value, Location> stored) {
    Map<Value, Set<Value>> before = new HashMap<>();
    for (Map.Entry<Value, Location> entry : stored.entrySet()) {
      Value value = entry.getKey();
      Location at = entry.getValue();
      if (!computed.contains(value)
          || places.isProduct(value)
          || readsInPart(value, at)
          || taken.stream().anyMatch(at::overlaps)) {
        return false;
      }
      Set<Value> reading = readersOf(at);
      reading.remove(value);
      before.put(value, reading);
    }
    readers.putAll(before);
    if (before.keySet().stream().noneMatch(this::isBeforeItself)) {
      taken.addAll(stored.values());
      return true;
    }
    readers.keySet().removeAll(before.keySet());
    return false;
  }

  /** Whether a value is computed from columns there, but not from just these. */
  private boolean readsInPart(Value value, Location at) {
    return places.dependencies(value).stream()
        .anyMatch(arg -> reads(arg, at) && !at.equals(places.memory(arg)));
  }

  private Set<Value> readersOf(Location at) {
    Set<Value> reading = new LinkedHashSet<>();
    for (Value value : ValueSets.inOrder(computed)) {
      if (places.dependencies(value).stream().anyMatch(arg -> reads(arg, at))
          || (places.isAccumulated(value) && places.knownTerm(value).overlaps(at))) {
        reading.add(value);
      }
    }
    return reading;
  }

  /** Whether reading a value is reading columns there. */
  private boolean reads(Value value, Location at) {
    Location memory = places.memory(value);
    return memory != null && memory.overlaps(at);
  }

  private boolean isBeforeItself(Value value) {
    return predecessors(value).stream().anyMatch(next -> dependsOn(next, Set.of(value)));
  }

  /** Whether a value is one of others, or has to come after one. */
  private boolean dependsOn(Value value, Set<Value> others) {
    Set<Value> reached = new HashSet<>();
    Deque<Value> open = new ArrayDeque<>(List.of(value));
    while (!open.isEmpty()) {
      Value next = open.remove();
      if (others.contains(next)) {
        return true;
      }
      if (reached.add(next)) {
        open.addAll(predecessors(next));
      }
    }
    return false;
  }

  private Collection<Value> predecessors(Value value) {
    return computed.contains(value)
        ? ValueSets.concat(places.dependencies(value), readersOfReplaced(value))
        : List.of();
  }
}
