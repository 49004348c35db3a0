package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Where values stand that a stage reads or computes. */
final class StagePlaces {
  private final Buffers buffers;

  /** Where values stand already. */
  private final Map<Value, Location> known;

  /** Sums of a known value and a product that are to be made in the known value's place. */
  private final Map<Value, Value> accumulations;

  private final Map<Value, List<Location>> wanted = new LinkedHashMap<>();

  /** Where computed values go that do not live in registers. */
  private final Map<Value, Location> homes = new HashMap<>();

  StagePlaces(Buffers buffers, Map<Value, Location> known, Map<Value, Value> accumulations) {
    this.buffers = buffers;
    this.known = Map.copyOf(known);
    this.accumulations = accumulations;
  }

  void want(Value value, Location at) {
    wanted.computeIfAbsent(value, v -> new ArrayList<>()).add(at);
  }

  /** What is asked for, and where it must be. */
  Map<Value, List<Location>> wanted() {
    return wanted;
  }

  /** Whether a value must be computed here. */
  boolean isComputed(Value value) {
    return !known.containsKey(value) && !value.isLeaf();
  }

  /** What must be computed before a value. */
  List<Value> dependencies(Value value) {
    return product(value).args;
  }

  /** Whether a product computes the value, by itself or added to what stands in its place. */
  boolean isProduct(Value value) {
    return product(value).isProduct();
  }

  /** Whether the value is made by adding a product to memory. */
  boolean isAccumulated(Value value) {
    return accumulations.containsKey(value);
  }

  /** The product that is added up to give the value, or the value itself. */
  Value product(Value value) {
    return accumulations.getOrDefault(value, value);
  }

  /** Where the term stands that a product is added to. */
  Location knownTerm(Value sum) {
    Value product = product(sum);
    Value term = sum.args.get(0) == product ? sum.args.get(1) : sum.args.get(0);
    return Objects.requireNonNull(known.get(term), "an accumulation without a known term");
  }

  /**
   * Whether a product may read the value at the value's own level, products running before the
   * program.
   */
  boolean inMemoryBefore(Value value) {
    return known.containsKey(value)
        || (value.what instanceof Value.Slice && inMemoryBefore(value.args.getFirst()));
  }

  /** A slice of a computed value stands where that value stands. */
  Value base(Value value) {
    Value at = value;
    while (at.what instanceof Value.Slice && isComputed(at)) {
      at = at.args.getFirst();
    }
    return at;
  }

  // ---- homes ----

  @Nullable Location home(Value value) {
    return homes.get(value);
  }

  void home(Value value, Location at) {
    homes.put(value, at);
  }

  /** Where a value stands in memory, or null if it lives in a register. */
  @Nullable Location memory(Value value) {
    Location at = known.get(value);
    if (at == null) {
      at = homes.get(value);
    }
    if (at == null && value.what instanceof Value.Slice(var start)) {
      Location whole = memory(value.args.getFirst());
      return whole == null ? null : whole.columns(start, value.width);
    }
    return at;
  }

  Location requireMemory(Value value) {
    Location at = memory(value);
    if (at == null) {
      throw new IllegalStateException(value + " was not given a place");
    }
    return at;
  }

  /**
   * Where a product reads its argument: a slice of what stands already is not read from a copy made
   * later.
   */
  Location source(Value value) {
    return value.what instanceof Value.Slice(var start)
            && inMemoryBefore(value)
            && !known.containsKey(value)
        ? source(value.args.getFirst()).columns(start, value.width)
        : requireMemory(value);
  }

  /** Where a leaf stands that is the same at all steps. */
  Location leaf(Value value) {
    Buffers.Kind kind =
        switch (value.what) {
          case Value.Shared(var capture) -> new Buffers.SharedRow(capture);
          case Value.SharedSum(var captures) -> new Buffers.SharedRowSum(captures);
          case Value.Still(var capture) -> new Buffers.StillRows(capture);
          case Value.Constant(var number) -> new Buffers.Literal(number);
          default -> throw new IllegalStateException(value + " has no place");
        };
    return new Location(buffers.shared(kind, value.width), Location.At.FIXED, 0, value.width);
  }
}
