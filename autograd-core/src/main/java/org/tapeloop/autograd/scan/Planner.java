package org.tapeloop.autograd.scan;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.BinaryKernel;

/**
 * Decides what is computed before, in and after the loop, what is kept for the backward pass, and
 * where everything stands.
 *
 * <p>The same rules serve forward and backward: products that nothing recurrent enters leave the
 * loop at its start, what nothing recurrent needs leaves it at its end, and elementwise work goes
 * where its operands are.
 */
final class Planner {
  private final Buffers buffers = new Buffers();

  /** Where values stand once the forward pass is over. */
  private final Map<Value, Location> known = new HashMap<>();

  private final List<Value> outputs;
  private final List<Value> nextStates;

  /** Forward values that backward passes read, in order. */
  private final Set<Value> kept = new LinkedHashSet<>();

  private final List<Integer> stateBuffers = new ArrayList<>();

  Planner(List<Value> leaves, List<Value> outputs, List<Value> nextStates) {
    this.outputs = outputs;
    this.nextStates = nextStates;
    for (Value leaf : leaves) {
      switch (leaf.what) {
        case Value.Input(var index) ->
            known.put(leaf, steps(new Buffers.InputSteps(index), leaf.width));
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
    return new Location(buffers.add(kind, width), Location.At.NOW, 0, width);
  }

  // ---- what to keep ----

  /**
   * Marks what backward reads of the forward pass: it must be kept, or computable from what is. In
   * order of computation, so that what is decided for operands is known for results.
   */
  void keepFor(Collection<Value> backward, Predicate<Value> isForward) {
    Set<Value> read = new TreeSet<>(Comparator.comparingInt(v -> v.id));
    for (Value value : backward) {
      if (!isForward.test(value)) {
        value.args.stream().filter(isForward).forEach(read::add);
      }
    }
    read.forEach(this::keep);
  }

  private boolean stands(Value value) {
    return value.isLeaf()
        || kept.contains(value)
        || nextStates.contains(value)
        || outputs.contains(value)
        || (value.what instanceof Value.Slice && stands(value.args.getFirst()));
  }

  /** Keeps a value, or what it is cheaply computed from where that is less. */
  private void keep(Value value) {
    if (stands(value)) {
      return;
    }
    if (value.isCheap()) {
      List<Value> missing = value.args.stream().filter(arg -> !stands(arg)).toList();
      int width =
          missing.stream().filter(arg -> !isHoistedProduct(arg)).mapToInt(v -> v.width).sum();
      if (missing.size() <= 1 || width < value.width) {
        missing.forEach(this::keep);
        return;
      }
    }
    kept.add(value);
  }

  /** A product that leaves the loop stands in memory for all steps anyway. */
  private boolean isHoistedProduct(Value value) {
    return value.isProduct()
        && closure(List.of(value), Set.of()).stream().noneMatch(v -> v.what instanceof Value.State);
  }

  // ---- forward ----

  Plan forward() {
    Map<Value, List<Value>> users = new HashMap<>();
    Set<Value> all = closure(roots(), Set.of());
    all.forEach(
        v -> v.args.forEach(arg -> users.computeIfAbsent(arg, a -> new ArrayList<>()).add(v)));
    Set<Value> recurrent = descendants(all, v -> v.what instanceof Value.State);
    Set<Value> inLoop = closure(nextStates, Set.of());
    Split split = split(roots(), inLoop, recurrent);

    Map<Value, Value> accumulations = new HashMap<>();
    Map<Value, Location> hoisted = new LinkedHashMap<>();
    Set<Value> loopValues = closure(concat(nextStates, split.loop), Set.of());
    for (Value value : loopValues) {
      accumulation(value, recurrent, users)
          .ifPresent(
              parts -> {
                accumulations.put(value, parts.product);
                hoisted.put(parts.rest, steps(new Buffers.Kept("sum"), value.width));
              });
    }
    StageBuilder before = allSteps(known);
    hoisted.forEach(
        (rest, at) -> {
          before.want(rest, at);
          Value bottom = bottomProduct(rest, users);
          if (bottom != null) {
            before.want(bottom, at);
          }
        });
    for (Value value : closure(concat(nextStates, split.loop), hoisted.keySet())) {
      if (value.isProduct() && !recurrent.contains(value)) {
        Location at = steps(new Buffers.Kept("product"), value.width);
        hoisted.put(value, at);
        before.want(value, at);
      }
    }

    Map<Value, Location> inLoopKnown = new HashMap<>(known);
    inLoopKnown.putAll(hoisted);
    StageBuilder loop = new StageBuilder(buffers, inLoopKnown, accumulations);
    for (int k = 0; k < nextStates.size(); k++) {
      Value next = nextStates.get(k);
      Location at = new Location(stateBuffers.get(k), Location.At.NEXT, 0, next.width);
      loop.want(next, at);
      known.putIfAbsent(next, at);
    }
    for (Value value : split.loop) {
      if (!known.containsKey(value) && !hoisted.containsKey(value)) {
        Location at = takeOver(value, accumulations, hoisted, users);
        Location place = at != null ? at : steps(new Buffers.Kept("value"), value.width);
        loop.want(value, place);
        known.put(value, place);
      }
    }
    hoisted.forEach(
        (value, at) -> {
          if (kept.contains(value) || outputs.contains(value)) {
            known.put(value, at);
          }
        });
    Stage beforeStage = before.build();
    Stage loopStage = loop.build();
    Map<Value, Location> afterKnown = new HashMap<>(known);
    hoisted.forEach(
        (value, at) -> {
          if (!accumulations.keySet().stream().anyMatch(sum -> sum.args.contains(value))) {
            afterKnown.putIfAbsent(value, at);
          }
        });
    StageBuilder after = allSteps(afterKnown);
    for (Value value : split.after) {
      if (!known.containsKey(value)) {
        Location at = steps(new Buffers.Kept("value"), value.width);
        after.want(value, at);
        known.put(value, at);
      }
    }
    Stage afterStage = after.build();
    List<Location> outputPlaces = outputs.stream().map(this::place).toList();
    return new Plan(
        List.copyOf(buffers.all()),
        beforeStage,
        loopStage,
        afterStage,
        outputPlaces,
        List.copyOf(stateBuffers));
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

  private static List<Value> concat(Collection<Value> a, Collection<Value> b) {
    List<Value> both = new ArrayList<>(a);
    both.addAll(b);
    return both;
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
  private Split split(Collection<Value> wanted, Set<Value> inLoop, Set<Value> recurrent) {
    Set<Value> loop = new LinkedHashSet<>();
    Set<Value> after = new LinkedHashSet<>();
    for (Value value : wanted) {
      if (value.isLeaf() || inLoop.contains(value)) {
        loop.add(value);
        continue;
      }
      Set<Value> extra = closure(List.of(value), inLoop);
      boolean product = extra.stream().anyMatch(v -> v.isProduct() && recurrent.contains(v));
      (recurrent.contains(value) && !product ? loop : after).add(value);
    }
    for (Value value : closure(after, inLoop)) {
      for (Value arg : value.args) {
        if (inLoop.contains(arg) && !arg.isLeaf() && recurrent.contains(arg) && isMade(arg)) {
          loop.add(arg);
        }
      }
    }
    loop.removeIf(Value::isLeaf);
    return new Split(loop, after);
  }

  private boolean isMade(Value value) {
    return !known.containsKey(value);
  }

  private record Accumulation(Value product, Value rest) {}

  /** A sum of a product in the loop and something that stands before it, neither used elsewhere. */
  private Optional<Accumulation> accumulation(
      Value value, Set<Value> recurrent, Map<Value, List<Value>> users) {
    if (!(value.what instanceof Value.Binary(var kernel)) || kernel != BinaryKernel.ADD) {
      return Optional.empty();
    }
    for (int i = 0; i < 2; i++) {
      Value product = value.args.get(i);
      Value rest = value.args.get(1 - i);
      if (product.isProduct()
          && recurrent.contains(product)
          && isOnlyUser(value, product, users)
          && !rest.isLeaf()
          && !recurrent.contains(rest)
          && rest.width == value.width
          && isOnlyUser(value, rest, users)) {
        return Optional.of(new Accumulation(product, rest));
      }
    }
    return Optional.empty();
  }

  private boolean isOnlyUser(Value user, Value value, Map<Value, List<Value>> users) {
    return users.getOrDefault(value, List.of()).equals(List.of(user))
        && !kept.contains(value)
        && !outputs.contains(value)
        && !nextStates.contains(value);
  }

  /**
   * The product at the bottom of a chain of elementwise values that could all stand in one place.
   */
  private @Nullable Value bottomProduct(Value top, Map<Value, List<Value>> users) {
    Value at = top;
    while (!at.isProduct()) {
      Value user = at;
      List<Value> wide =
          at.what instanceof Value.Binary || at.what instanceof Value.Unary
              ? at.args.stream()
                  .filter(
                      arg ->
                          arg.width == top.width && !arg.isLeaf() && isOnlyUser(user, arg, users))
                  .toList()
              : List.of();
      if (wide.size() != 1) {
        return null;
      }
      at = wide.getFirst();
    }
    return at == top ? null : at;
  }

  /**
   * A kept elementwise value may stand in place of the only operand it is computed from, biases
   * aside, if that operand is part of a sum made in the loop and nothing else reads it.
   */
  private @Nullable Location takeOver(
      Value value,
      Map<Value, Value> accumulations,
      Map<Value, Location> hoisted,
      Map<Value, List<Value>> users) {
    boolean elementwise = value.what instanceof Value.Unary || value.what instanceof Value.Binary;
    if (!elementwise) {
      return null;
    }
    for (Value operand : value.args) {
      Value user = value;
      Value arg = operand;
      while (arg.isBiased() && isOnlyUser(user, arg, users)) {
        user = arg;
        arg = arg.args.getFirst();
      }
      Value whole = arg.what instanceof Value.Slice ? arg.args.getFirst() : arg;
      Value product = accumulations.get(whole);
      if (product == null || arg.width != value.width || !isOnlyUser(user, arg, users)) {
        continue;
      }
      boolean sliced =
          users.getOrDefault(whole, List.of()).stream()
              .allMatch(u -> u.what instanceof Value.Slice);
      boolean free = !kept.contains(whole) && (arg == whole || (sliced && disjoint(whole, users)));
      if (free) {
        Value rest = whole.args.get(0) == product ? whole.args.get(1) : whole.args.get(0);
        Location at = Objects.requireNonNull(hoisted.get(rest));
        int start = arg.what instanceof Value.Slice(var first) ? first : 0;
        return at.columns(start, value.width);
      }
    }
    return null;
  }

  private static boolean disjoint(Value whole, Map<Value, List<Value>> users) {
    boolean[] taken = new boolean[whole.width];
    for (Value user : users.getOrDefault(whole, List.of())) {
      int start = ((Value.Slice) user.what).start();
      for (int column = start; column < start + user.width; column++) {
        if (taken[column]) {
          return false;
        }
        taken[column] = true;
      }
    }
    return true;
  }

  // ---- backward ----

  /**
   * @param cotangents the leaves that stand for the cotangents of outputs
   * @param carries the leaves that stand for the cotangents of the states after a step
   * @param carriedBack the cotangents of the states before the step, null for 0
   * @param inputGradients null where none is wanted
   * @param sums what is to be summed over rows and steps
   */
  Plan.Back backward(
      List<Value> cotangents,
      List<Value> carries,
      List<Value> carriedBack,
      List<@Nullable Value> inputGradients,
      List<Value> sums) {
    int mark = buffers.all().size();
    Map<Value, Location> at = new HashMap<>(known);
    for (Value leaf : cotangents) {
      Value.Cotangent what = (Value.Cotangent) leaf.what;
      at.put(leaf, steps(new Buffers.CotangentSteps(what.index()), leaf.width));
    }
    List<Integer> carryBuffers = new ArrayList<>();
    for (Value leaf : carries) {
      int buffer = buffers.add(new Buffers.Pair(((Value.Carry) leaf.what).index()), leaf.width);
      carryBuffers.add(buffer);
      at.put(leaf, new Location(buffer, Location.At.EVEN, 0, leaf.width));
    }
    List<Value> wanted = new ArrayList<>();
    inputGradients.forEach(
        v -> {
          if (v != null) {
            wanted.add(v);
          }
        });
    sums.forEach(sum -> wanted.addAll(terms(sum)));
    Set<Value> stop = known.keySet();
    Set<Value> all = closure(concat(carriedBack, wanted), stop);
    Set<Value> recurrent = descendants(all, v -> v.what instanceof Value.Carry);
    Set<Value> inLoop = closure(carriedBack, stop);
    Split split = splitBackward(wanted, inLoop, recurrent, at);

    StageBuilder before = allSteps(at);
    Map<Value, Location> inLoopKnown = new HashMap<>(at);
    for (Value value : closure(concat(carriedBack, split.loop), stop)) {
      if (value.isProduct() && !recurrent.contains(value)) {
        Location place = steps(new Buffers.Steps("product"), value.width);
        before.want(value, place);
        inLoopKnown.put(value, place);
        at.put(value, place);
      }
    }
    StageBuilder loop = new StageBuilder(buffers, inLoopKnown, Map.of());
    for (int k = 0; k < carriedBack.size(); k++) {
      Value back = carriedBack.get(k);
      loop.want(back, new Location(carryBuffers.get(k), Location.At.ODD, 0, back.width));
    }
    // A carried cotangent stands in memory for one step only; what comes after reads copies.
    Map<Value, Location> afterwards = new HashMap<>(at);
    carries.forEach(afterwards::remove);
    for (Value value : split.loop) {
      if (!afterwards.containsKey(value)) {
        Location place = steps(new Buffers.Steps("gradient"), value.width);
        loop.want(value, place);
        afterwards.put(value, place);
      }
    }
    Stage beforeStage = before.build();
    Stage loopStage = loop.build();
    StageBuilder after = allSteps(afterwards);
    Map<Value, Location> results = new HashMap<>(afterwards);
    for (Value value : split.after) {
      if (!afterwards.containsKey(value)) {
        Location place = steps(new Buffers.Steps("gradient"), value.width);
        after.want(value, place);
        results.put(value, place);
      }
    }
    Stage afterStage = after.build();
    List<@Nullable Location> inputPlaces = new ArrayList<>();
    for (Value gradient : inputGradients) {
      inputPlaces.add(gradient == null ? null : results.get(gradient));
    }
    List<Plan.Sum> summed = new ArrayList<>();
    for (Value sum : sums) {
      List<Location> places = new ArrayList<>();
      terms(sum).forEach(term -> places.add(Objects.requireNonNull(results.get(term))));
      @Nullable Location right = sum.what instanceof Value.OuterSum ? places.removeLast() : null;
      summed.add(new Plan.Sum(sum, List.copyOf(places), right));
    }
    Plan.Back back =
        new Plan.Back(
            List.copyOf(buffers.all()),
            beforeStage,
            loopStage,
            afterStage,
            carryBuffers,
            inputPlaces,
            summed);
    while (buffers.all().size() > mark) {
      buffers.all().removeLast();
    }
    return back;
  }

  /**
   * What a sum adds up: its factors or, where it is a row value summed over time, the value itself.
   */
  private static List<Value> terms(Value sum) {
    return sum.isSum() ? sum.args : List.of(sum);
  }

  private Split splitBackward(
      List<Value> wanted, Set<Value> inLoop, Set<Value> recurrent, Map<Value, Location> at) {
    Set<Value> loop = new LinkedHashSet<>();
    Set<Value> after = new LinkedHashSet<>();
    Set<Value> stop = new HashSet<>(inLoop);
    stop.addAll(at.keySet());
    for (Value value : wanted) {
      if (isCarry(value)) {
        loop.add(value);
      } else if (!at.containsKey(value)) {
        boolean product = closure(List.of(value), stop).stream().anyMatch(Value::isProduct);
        boolean inside = inLoop.contains(value) && !value.isLeaf();
        (inside || (recurrent.contains(value) && !product) ? loop : after).add(value);
      }
    }
    stop.addAll(loop);
    for (Value value : closure(after, stop)) {
      for (Value arg : value.args) {
        boolean made = inLoop.contains(arg) && !arg.isLeaf() && !at.containsKey(arg);
        if (made || isCarry(arg)) {
          loop.add(arg);
        }
      }
    }
    return new Split(loop, after);
  }

  private static boolean isCarry(Value value) {
    return value.what instanceof Value.Carry;
  }

  // ---- the graph ----

  private StageBuilder allSteps(Map<Value, Location> standing) {
    return new StageBuilder(buffers, standing, Map.of()) {
      @Override
      Buffers.Kind scratchKind(Value value) {
        return new Buffers.Steps("value");
      }
    };
  }

  /** The values and all they are computed from, not going beyond {@code stop}. */
  private static Set<Value> closure(Collection<Value> from, Set<Value> stop) {
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

  /** Those of the values that something with the property enters. */
  private static Set<Value> descendants(Set<Value> all, Predicate<Value> origin) {
    List<Value> order = new ArrayList<>(all);
    order.sort(Comparator.comparingInt(v -> v.id));
    Set<Value> reached = new HashSet<>();
    for (Value value : order) {
      if (origin.test(value) || value.args.stream().anyMatch(reached::contains)) {
        reached.add(value);
      }
    }
    return reached;
  }
}
