package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * Arranges the computation of some values in levels of products and row programs.
 *
 * <p>A value goes to memory only if it is wanted there, feeds a product, or is used beyond its
 * level; all others live in registers of one program. The parts of a join are computed in their
 * places.
 */
final class StageBuilder {
  private final Buffers buffers;
  private final StagePlaces places;
  private final boolean allSteps;
  private final boolean fused;
  private final StageOrder order;
  private final Map<Value, Integer> levels = new HashMap<>();

  private StageBuilder(Buffers buffers, StagePlaces places, boolean allSteps, Set<Pass> passes) {
    this.buffers = buffers;
    this.places = places;
    this.order = new StageOrder(places);
    this.allSteps = allSteps;
    this.fused = passes.contains(Pass.FUSE);
  }

  /**
   * A stage of the loop.
   *
   * @param known where values stand before the stage; not changed
   * @param accumulations from a sum to the product in it; the other term is known
   */
  static StageBuilder ofOneStep(
      Buffers buffers,
      Map<Value, Location> known,
      Map<Value, Value> accumulations,
      Set<Pass> passes) {
    return new StageBuilder(buffers, new StagePlaces(buffers, known, accumulations), false, passes);
  }

  /**
   * A stage that is executed for all steps at once.
   *
   * @param known where values stand before the stage; not changed
   */
  static StageBuilder ofAllSteps(Buffers buffers, Map<Value, Location> known, Set<Pass> passes) {
    return new StageBuilder(buffers, new StagePlaces(buffers, known, Map.of()), true, passes);
  }

  /** Asks for a value at a place. */
  void want(Value value, Location at) {
    order.need(value);
    places.want(value, at);
  }

  /** Says that a value will be asked for. */
  void need(Value value) {
    order.need(value);
  }

  /**
   * Asks for values in the place of others that nobody reads once the stage is over.
   *
   * @param stored the values and where, in the order in which they are asked for; that all others
   *     are needed has been said
   * @return false, with nothing asked for, if some would have to be read after they are replaced
   */
  boolean wantInstead(Map<Value, Location> stored) {
    boolean possible = order.replace(stored);
    if (possible) {
      stored.forEach(this::want);
    }
    return possible;
  }

  Stage build() {
    List<Value> values = order.inOrder();
    values.forEach(this::level);
    assignHomes(values);
    TreeMap<Integer, List<Value>> byLevel = new TreeMap<>();
    for (Value value : values) {
      byLevel.computeIfAbsent(level(value), l -> new ArrayList<>()).add(value);
    }
    for (Value value : places.wanted().keySet()) {
      byLevel.computeIfAbsent(level(value), l -> new ArrayList<>());
    }
    List<Stage.Level> built = new ArrayList<>();
    byLevel.forEach(
        (level, members) -> {
          boolean first = level == 0;
          for (List<Value> part : fused ? List.of(members) : oneByOne(members)) {
            built.add(new LevelBuilder(places).build(part, first));
            first = false;
          }
        });
    return new Stage(List.copyOf(built));
  }

  /** The products of a level, and then each other value alone. */
  private List<List<Value>> oneByOne(List<Value> values) {
    List<List<Value>> parts = new ArrayList<>();
    parts.add(values.stream().filter(places::isProduct).toList());
    values.stream().filter(value -> !places.isProduct(value)).forEach(v -> parts.add(List.of(v)));
    return parts;
  }

  /** Recursion is as deep as one step's longest chain of operations. */
  private int level(Value value) {
    if (!places.isComputed(value)) {
      return 0;
    }
    Integer cached = levels.get(value);
    if (cached != null) {
      return cached;
    }
    int level = 0;
    for (Value arg : places.dependencies(value)) {
      int ready = level(arg);
      // A product reads memory, so whatever program writes its argument must have run.
      boolean later = places.isProduct(value) && !places.inMemoryBefore(arg);
      level = Math.max(level, later ? ready + 1 : ready);
    }
    for (Value reader : order.readersOfReplaced(value)) {
      level = Math.max(level, level(reader));
    }
    levels.put(value, level);
    return level;
  }

  // ---- places ----

  private void assignHomes(List<Value> values) {
    places
        .wanted()
        .forEach(
            (value, at) -> {
              if (places.isComputed(value)) {
                places.home(value, at.getFirst());
              }
            });
    Set<Value> stored = stored(values);
    // Joins before their parts: a part is computed in its place in the join.
    for (Value value : values.reversed()) {
      if (places.isAccumulated(value)) {
        places.home(value, places.knownTerm(value));
      } else if (stored.contains(value)
          && places.home(value) == null
          && !(value.what instanceof Value.Slice)) {
        places.home(value, newPlace(value));
      }
      if (value.what instanceof Value.Join && places.home(value) != null) {
        placeParts(value, values);
      }
    }
  }

  /** What cannot live in registers. */
  private Set<Value> stored(List<Value> values) {
    Set<Value> stored = new HashSet<>();
    for (Value user : values) {
      if (places.isProduct(user) || !fused) {
        stored.add(user);
      }
      for (Value arg : places.dependencies(user)) {
        boolean meetsProduct = places.isProduct(user) || places.isProduct(arg);
        if (places.isComputed(arg) && (meetsProduct || level(user) > level(arg))) {
          stored.add(places.base(arg));
        }
      }
    }
    return stored;
  }

  private Location newPlace(Value value) {
    return allSteps
        ? buffers.steps(new Buffers.Steps("value"), value.width)
        : new Location(
            buffers.add(new Buffers.Scratch(), value.width), Location.At.FIXED, 0, value.width);
  }

  private void placeParts(Value join, List<Value> values) {
    Location whole = Objects.requireNonNull(places.home(join));
    int column = 0;
    for (Value part : join.args) {
      boolean movable =
          places.isComputed(part)
              && places.home(part) == null
              && !(part.what instanceof Value.Slice)
              && values.contains(part);
      if (movable) {
        places.home(part, whole.columns(column, part.width));
      }
      column += part.width;
    }
  }
}
