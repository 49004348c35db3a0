package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides what is computed before, in and after the loop, what is kept for the backward pass, and
 * where everything stands.
 *
 * <p>Products that no state enters leave the loop at its start, what no state needs leaves it at
 * its end, and elementwise work goes where its operands are.
 */
final class ForwardPlanner {
  private final Buffers buffers = new Buffers();
  private final Set<Pass> passes;

  /** Where values stand once the forward pass is over. */
  private final Map<Value, Location> known = new HashMap<>();

  private final List<Value> outputs;
  private final List<Value> nextStates;

  /** Forward values that backward passes read, in order. */
  private final Set<Value> kept = new LinkedHashSet<>();

  /** Forward values that backward passes compute again. */
  private final Set<Value> recomputed = new LinkedHashSet<>();

  private final List<Integer> stateBuffers = new ArrayList<>();

  ForwardPlanner(
      List<Value> leaves, List<Value> outputs, List<Value> nextStates, Set<Pass> passes) {
    this.passes = passes;
    this.outputs = outputs;
    this.nextStates = nextStates;
    for (Value leaf : leaves) {
      switch (leaf.what) {
        case Value.Input(var index) ->
            known.put(leaf, steps(new Buffers.InputSteps(index), leaf.width));
        case Value.TableRows(var index, var capture) ->
            known.put(leaf, steps(new Buffers.TableRows(index, capture), leaf.width));
        case Value.State(var index) -> {
          int buffer = buffers.add(new Buffers.States(index), leaf.width);
          stateBuffers.add(buffer);
          known.put(leaf, new Location(buffer, Location.At.NOW, 0, leaf.width));
        }
        default -> throw new IllegalArgumentException("not a leaf of the forward pass: " + leaf);
      }
    }
  }

  private Location steps(Buffers.Kind kind, int width) {
    return buffers.steps(kind, width);
  }

  /** The memory of the forward pass. */
  Buffers buffers() {
    return buffers;
  }

  /** Where values stand once the forward pass is over. */
  Map<Value, Location> known() {
    return known;
  }

  /** Where what the caller gets stands. */
  List<Location> outputPlaces() {
    return outputs.stream().map(this::place).toList();
  }

  /** Forward values that backward passes compute again instead of reading them. */
  List<Value> recomputed() {
    return List.copyOf(recomputed);
  }

  // ---- what to keep ----

  /**
   * Marks what backward reads of the forward pass: it must be kept, or computable from what is. In
   * order of computation, so that what is decided for operands is known for results. What products
   * and sums over steps read has to stand in memory, and is not computed again.
   */
  void keepFor(Collection<Value> backward, Predicate<Value> isForward) {
    Set<Value> read = new TreeSet<>(ValueSets.BY_ID);
    Set<Value> factors = new HashSet<>();
    for (Value value : backward) {
      if (!isForward.test(value)) {
        List<Value> args = value.args.stream().filter(isForward).toList();
        read.addAll(args);
        if (value.isProduct() || value.isSum()) {
          factors.addAll(args);
        }
      }
    }
    for (Value value : read) {
      if (!factors.contains(value)) {
        keep(value);
      } else if (!stands(value)) {
        kept.add(value);
      }
    }
  }

  private boolean stands(Value value) {
    return value.isLeaf()
        || isLeftStanding(value)
        || (value.what instanceof Value.Slice && stands(value.args.getFirst()));
  }

  private boolean isLeftStanding(Value value) {
    return kept.contains(value) || nextStates.contains(value) || outputs.contains(value);
  }

  /** Keeps a value, or what it is cheaply computed from where that is no more. */
  private void keep(Value value) {
    if (stands(value)) {
      return;
    }
    if (value.isCheap() && passes.contains(Pass.RECOMPUTE)) {
      Set<Value> missing = missing(value);
      int width = missing.stream().mapToInt(this::widthToKeep).sum();
      if (width < value.width || (width == value.width && missing.size() == 1)) {
        missing.forEach(this::keep);
        recomputed.add(value);
        return;
      }
    }
    kept.add(value);
  }

  /** What a value is computed from and does not stand. */
  private Set<Value> missing(Value value) {
    Set<Value> missing = new LinkedHashSet<>();
    for (Value arg : value.args) {
      if (!stands(arg)) {
        missing.addAll(value.isArranged() && arg.isArranged() ? missing(arg) : Set.of(arg));
      }
    }
    return missing;
  }

  /** How wide that is which has to be kept for a value. */
  private int widthToKeep(Value value) {
    if (isHoistedProduct(value)) {
      return 0;
    }
    return value.isArranged()
        ? Math.min(value.width, missing(value).stream().mapToInt(this::widthToKeep).sum())
        : value.width;
  }

  /** A product that leaves the loop stands in memory for all steps anyway. */
  private boolean isHoistedProduct(Value value) {
    return value.isProduct()
        && passes.contains(Pass.HOIST)
        && ValueSets.closure(List.of(value)).stream().noneMatch(v -> v.what instanceof Value.State);
  }

  // ---- the plan ----

  Plan plan() {
    Set<Value> all = ValueSets.closure(roots());
    Map<Value, List<Value>> users = ValueSets.users(all);
    Set<Value> recurrent = ValueSets.descendants(all, v -> v.what instanceof Value.State);
    Split split = split(ValueSets.closure(nextStates), recurrent);
    InPlaceSums sums = new InPlaceSums(users, recurrent, this::isLeftStanding);
    Map<Value, Location> hoisted = new LinkedHashMap<>();
    StageBuilder before = StageBuilder.ofAllSteps(buffers, known, passes);
    if (passes.contains(Pass.HOIST)) {
      hoist(split, recurrent, sums, hoisted, before);
    }

    Map<Value, Location> standing = new HashMap<>(known);
    standing.putAll(hoisted);
    standing.putAll(sums.replacedPlaces());
    StageBuilder loop = StageBuilder.ofOneStep(buffers, standing, sums.products(), passes);
    for (int k = 0; k < nextStates.size(); k++) {
      Value next = nextStates.get(k);
      Location at = new Location(stateBuffers.get(k), Location.At.NEXT, 0, next.width);
      loop.want(next, at);
      known.putIfAbsent(next, at);
    }
    split.loop.forEach(loop::need);
    Map<Value, Location> passing = passing(split, hoisted, sums);
    for (Value value : split.loop) {
      if (known.containsKey(value) || hoisted.containsKey(value)) {
        continue;
      }
      Location columns = columnsOf(value, hoisted, sums);
      if (columns != null) {
        known.put(value, columns);
        continue;
      }
      known.put(value, wantKept(value, sums, passing, loop));
    }
    hoisted.forEach(
        (value, at) -> {
          if (kept.contains(value) || outputs.contains(value)) {
            known.put(value, at);
          }
        });
    Stage beforeStage = before.build();
    Stage loopStage = loop.build();
    Stage afterStage = after(split, afterLoop(hoisted, sums, users));
    return new Plan(
        List.copyOf(buffers.all()),
        beforeStage,
        loopStage,
        afterStage,
        outputPlaces(),
        List.copyOf(stateBuffers));
  }

  /** Finds what is computed before the loop, and gives it places. */
  private void hoist(
      Split split,
      Set<Value> recurrent,
      InPlaceSums sums,
      Map<Value, Location> hoisted,
      StageBuilder before) {
    List<Value> wanted = ValueSets.concat(nextStates, split.loop);
    if (passes.contains(Pass.ACCUMULATE)) {
      ValueSets.closure(wanted).forEach(sums::add);
    }
    for (Value base : sums.bases()) {
      Location at = steps(new Buffers.Kept("sum"), base.width);
      sums.put(base, at);
      hoisted.put(base, at);
      before.want(base, at);
      Value bottom = sums.bottomProduct(base);
      if (bottom != null) {
        before.want(bottom, at);
      }
    }
    for (Value value : ValueSets.closure(wanted, Set.copyOf(hoisted.keySet()))) {
      if (value.isProduct() && !recurrent.contains(value)) {
        Location at = steps(new Buffers.Kept("product"), value.width);
        hoisted.put(value, at);
        before.want(value, at);
      }
    }
  }

  /** What was computed before the loop and is read in the loop only, and where it stands. */
  private Map<Value, Location> passing(
      Split split, Map<Value, Location> hoisted, InPlaceSums sums) {
    if (!passes.contains(Pass.ACCUMULATE)) {
      return Map.of();
    }
    Set<Value> later = new HashSet<>(outputs);
    for (Value value : ValueSets.closure(split.after, Set.copyOf(split.loop))) {
      later.add(value);
      value.args.forEach(arg -> later.add(ValueSets.whole(arg)));
    }
    Map<Value, Location> passing = new HashMap<>(hoisted);
    passing
        .keySet()
        .removeIf(v -> isLeftStanding(v) || later.contains(v) || sums.isTouched(v) || isInPart(v));
    return passing;
  }

  /** Whether columns of a value are left standing by themselves. */
  private boolean isInPart(Value value) {
    return ValueSets.concat(kept, outputs).stream()
        .anyMatch(part -> part != value && ValueSets.whole(part) == value);
  }

  /** Has the loop leave a value in memory: in the place of what it is computed from, if it can. */
  private Location wantKept(
      Value value, InPlaceSums sums, Map<Value, Location> passing, StageBuilder loop) {
    Location place = passes.contains(Pass.ACCUMULATE) ? sums.takeOver(value) : null;
    if (place == null) {
      place = outputs.contains(value) ? null : ValueSets.nearest(value, passing);
      if (place != null && loop.wantInstead(Map.of(value, place))) {
        return place;
      }
      place = steps(new Buffers.Kept("value"), value.width);
    }
    loop.want(value, place);
    return place;
  }

  /** Where columns of something that was computed before the loop stand, and stay. */
  private static @Nullable Location columnsOf(
      Value value, Map<Value, Location> hoisted, InPlaceSums sums) {
    Location whole = hoisted.get(ValueSets.whole(value));
    return whole == null || sums.isTouched(value)
        ? null
        : whole.columns(ValueSets.firstColumn(value), value.width);
  }

  /** Where everything stands when the loop is over. */
  private Map<Value, Location> afterLoop(
      Map<Value, Location> hoisted, InPlaceSums sums, Map<Value, List<Value>> users) {
    Map<Value, Location> standing = new HashMap<>(known);
    hoisted.forEach(
        (value, at) -> {
          if (!sums.isTouched(value)) {
            standing.putIfAbsent(value, at);
            return;
          }
          for (Value user : users.getOrDefault(value, List.of())) {
            if (user.what instanceof Value.Slice(var start) && !sums.isTouched(user)) {
              standing.putIfAbsent(user, at.columns(start, user.width));
            }
          }
        });
    return standing;
  }

  private Stage after(Split split, Map<Value, Location> standing) {
    StageBuilder after = StageBuilder.ofAllSteps(buffers, standing, passes);
    for (Value value : split.after) {
      if (!known.containsKey(value)) {
        Location at = steps(new Buffers.Kept("value"), value.width);
        after.want(value, at);
        known.put(value, at);
      }
    }
    return after.build();
  }

  private Location place(Value value) {
    Location at = known.get(value);
    if (at == null) {
      throw new IllegalStateException(value + " has no place");
    }
    return at;
  }

  /** Everything the forward pass must leave behind. */
  private List<Value> roots() {
    List<Value> roots = new ArrayList<>(nextStates);
    roots.addAll(outputs);
    roots.addAll(kept);
    return roots;
  }

  /**
   * Wanted values that the loop leaves in memory, and those that are computed after it.
   *
   * @param loop wanted by the caller, or read by what comes after
   */
  private record Split(Set<Value> loop, Set<Value> after) {}

  /**
   * A wanted value outside the loop is computed in it all the same if that takes no product: its
   * operands are at hand there. Otherwise it is computed afterwards, and what it reads of the loop
   * must stand in memory.
   */
  private Split split(Set<Value> inLoop, Set<Value> recurrent) {
    Set<Value> loop = new LinkedHashSet<>();
    Set<Value> after = new LinkedHashSet<>();
    for (Value value : roots()) {
      if (value.isLeaf() || inLoop.contains(value) || !passes.contains(Pass.HOIST)) {
        loop.add(value);
        continue;
      }
      Set<Value> extra = ValueSets.closure(List.of(value), inLoop);
      boolean product = extra.stream().anyMatch(v -> v.isProduct() && recurrent.contains(v));
      (recurrent.contains(value) && !product ? loop : after).add(value);
    }
    for (Value value : ValueSets.closure(after, inLoop)) {
      for (Value arg : value.args) {
        if (inLoop.contains(arg)
            && !arg.isLeaf()
            && recurrent.contains(arg)
            && !known.containsKey(arg)) {
          loop.add(arg);
        }
      }
    }
    loop.removeIf(Value::isLeaf);
    return new Split(loop, after);
  }
}
